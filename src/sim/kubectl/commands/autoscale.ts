import { parseQuantity, canonicalQuantity } from '../../kubernetes/api/quantity.ts'
import { apiVersionOf, subresourceOf } from '../../kubernetes/api/resources.ts'
import { withSavedConfig } from '../apply/last-applied.ts'
import { type Command, done, type Invocation } from '../command.ts'
import { check, errorOf, fail, type Failure } from '../failure.ts'
import type { Fields } from '../fields.ts'
import { compact, typedObject } from '../generators/generator.ts'
import { select } from '../resource-builder.ts'
import {
  answered,
  builderOptionsOf,
  DRY_RUN_FLAG,
  dryRunOf,
  fieldManagerFlag,
  FILENAME_FLAGS,
  isNamespaceGiven,
  ObjectPrinter,
  PRINT_FLAGS,
  RECORD_FLAG,
  recorded,
  requireFlags,
  SAVE_CONFIG_FLAG,
  warnOfRecord,
  writeOptions,
} from '../write-options.ts'

type Target = { readonly percent: number } | { readonly quantity: string }

/** `70%`, `500m`, or a bare number of millicores or mebibytes. Models autoscale.parseResourceInput. */
function parseTarget(given: string, resource: 'cpu' | 'memory'): Target | Failure {
  const input = given.trim()
  if (input === '') return errorOf('empty input')
  if (input.endsWith('%')) {
    const digits = input.slice(0, -1)
    return /^\+?\d+$/.test(digits) && Number(digits) <= 2_147_483_647
      ? { percent: Number(digits) }
      : errorOf(`invalid percentage value: ${digits}`)
  }
  const withUnit = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(input)
    ? `${Number(input)}${resource === 'cpu' ? 'm' : 'Mi'}`
    : input
  if (!parseQuantity(withUnit)) return errorOf(`invalid resource ${resource} value: ${input}`)
  return { quantity: canonicalQuantity(withUnit) ?? withUnit }
}

const metric = (name: string, target: Target): Fields => ({
  type: 'Resource',
  resource: {
    name,
    target:
      'percent' in target
        ? { type: 'Utilization', averageUtilization: target.percent }
        : { type: 'AverageValue', averageValue: target.quantity },
  },
})

const targetOrFail = (given: string, resource: 'cpu' | 'memory'): Target => {
  const target = parseTarget(given, resource)
  return 'type' in target ? fail(target.type === 'error' ? target.message : 'invalid target') : target
}

function metricsOf({ flags }: Invocation): readonly Fields[] {
  const percent = flags.int('cpu-percent')
  return [
    ...(percent > 0 ? [metric('cpu', { percent })] : []),
    ...(flags.string('cpu') === '' ? [] : [metric('cpu', targetOrFail(flags.string('cpu'), 'cpu'))]),
    ...(flags.string('memory') === '' ? [] : [metric('memory', targetOrFail(flags.string('memory'), 'memory'))]),
  ]
}

/** Models kubectl pkg/cmd/autoscale (v1.35): autoscaling/v2, and v1 when the server refuses that. */
export const autoscale: Command = {
  path: ['autoscale'],
  summary: 'Create a HorizontalPodAutoscaler for a workload',
  usage: '(-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu=CPU] [--memory=MEMORY]',
  completes: 'resources',
  flags: [
    ...FILENAME_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    SAVE_CONFIG_FLAG,
    fieldManagerFlag('kubectl-autoscale'),
    { name: 'min', type: 'int32', default: '-1', summary: 'Least number of Pods' },
    { name: 'max', type: 'int32', default: '-1', summary: 'Greatest number of Pods' },
    { name: 'cpu-percent', type: 'int32', default: '-1', summary: 'Wanted CPU in percent of the request (old form)' },
    { name: 'cpu', type: 'string', summary: 'Wanted CPU: 70% or 500m' },
    { name: 'memory', type: 'string', summary: 'Wanted memory: 60% or 200Mi' },
    { name: 'name', type: 'string', summary: 'Name of the autoscaler' },
  ],
  run(invocation) {
    const { args, env, flags, namespace, out } = invocation
    warnOfRecord(invocation)
    if (flags.changed('cpu-percent'))
      out.error(
        "Flag --cpu-percent has been deprecated, Use --cpu with percentage or resource quantity format (e.g., '70%' for utilization or '500m' for milliCPU).\n",
      )
    requireFlags(invocation, 'max')
    const dryRun = dryRunOf(invocation)
    const [minimum, maximum] = [flags.int('min'), flags.int('max')]
    if (maximum < 1) fail(`--max=MAXPODS is required and must be at least 1, max: ${maximum}`)
    if (maximum < minimum) fail(`--max=MAXPODS must be larger or equal to --min=MINPODS, max: ${maximum}, min: ${minimum}`)
    if (flags.int('cpu-percent') > 0 && flags.string('cpu') !== '') fail('--cpu-percent and --cpu are mutually exclusive')
    const metrics = metricsOf(invocation)
    const selection = select({ ...builderOptionsOf(invocation), enforceNamespace: isNamespaceGiven(invocation), args })
    check(selection.failure)
    const printer = new ObjectPrinter(invocation, dryRun)
    let count = 0
    check(
      selection.visit((info) => {
        const { resource } = info
        const apiVersion = apiVersionOf(resource)
        if (!subresourceOf(resource, 'scale'))
          return errorOf(
            `cannot autoscale a ${resource.kind}: could not find scale subresource for ${resource.group === '' ? `/${apiVersion}` : apiVersion}, Resource=${resource.plural} in discovery information`,
          )
        const name = flags.string('name') || info.name
        const head = {
          kind: 'HorizontalPodAutoscaler',
          metadata: compact({ name, namespace: isNamespaceGiven(invocation) ? namespace : undefined }),
        }
        const scaled = {
          scaleTargetRef: { kind: resource.kind, name: info.name, apiVersion },
          maxReplicas: maximum,
          ...(minimum > 0 ? { minReplicas: minimum } : {}),
        }
        const create = (fields: Fields): Failure | undefined => {
          const object = recorded(invocation, typedObject(env, fields))
          if (dryRun === 'client') return printer.print(object, 'created')
          const made = answered(
            invocation,
            env.api.create(
              'horizontalpodautoscalers.autoscaling',
              namespace,
              withSavedConfig(object, flags.bool('save-config')),
              writeOptions(invocation, dryRun),
            ),
          )
          return 'failure' in made ? made.failure : printer.print(made.object, 'autoscaled')
        }
        count += 1
        const spec = { ...scaled, ...(metrics.length > 0 ? { metrics } : {}) }
        if (!create({ apiVersion: 'autoscaling/v2', ...head, spec })) return undefined
        const target = parseTarget(flags.string('cpu'), 'cpu')
        const incompatible = 'failed to create autoscaling/v2 HPA and the configuration is incompatible with autoscaling/v1: '
        if ('type' in target) return errorOf(incompatible + (target.type === 'error' ? target.message : ''))
        const percent = flags.int('cpu-percent')
        if (flags.string('memory') !== '' || !(percent >= 0 || 'percent' in target)) return errorOf(`${incompatible}%!w(<nil>)`)
        return create({
          apiVersion: 'autoscaling/v1',
          ...head,
          spec: { ...scaled, ...(percent >= 0 ? { targetCPUUtilizationPercentage: percent } : {}) },
        })
      }),
    )
    if (count === 0) fail('no objects passed to autoscale')
    return done()
  },
}
