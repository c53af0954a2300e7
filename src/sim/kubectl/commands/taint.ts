import type { AnyObject } from '../../kubernetes/api/types.ts'
import { isLabelValue, isQualifiedName } from '../../kubernetes/apiserver/validation/names.ts'
import { type Command, done } from '../command.ts'
import { aggregate, check, errorOf, fail, type Failure, usageError } from '../failure.ts'
import { type Fields, fields, items } from '../fields.ts'
import { select } from '../resource-builder.ts'
import { twoWayPatch } from '../set-patches.ts'
import {
  ALL_FLAG,
  answered,
  DRY_RUN_FLAG,
  dryRunOf,
  fieldManagerFlag,
  fieldValidationOf,
  ObjectPrinter,
  PRINT_FLAGS,
  SELECTOR_FLAG,
  VALIDATE_FLAG,
  writeOptions,
} from '../write-options.ts'

interface Taint {
  readonly key: string
  readonly value: string
  readonly effect: string
}

const EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

/** `key=value:effect`, `key:effect` or `key`. */
function parseTaint(spec: string): Taint | string {
  const parts = spec.split(':')
  let key = parts[0]!
  let value = ''
  let effect = ''
  if (parts.length > 2) return `invalid taint spec: ${spec}`
  if (parts.length === 2) {
    effect = parts[1]!
    if (!EFFECTS.includes(effect)) return `invalid taint effect: ${effect}, unsupported taint effect`
    const keyValue = key.split('=')
    if (keyValue.length > 2) return `invalid taint spec: ${spec}`
    key = keyValue[0]!
    if (keyValue.length === 2) {
      value = keyValue[1]!
      const problems = isLabelValue(value)
      if (problems.length > 0) return `invalid taint spec: ${spec}, ${problems.join('; ')}`
    }
  }
  const problems = isQualifiedName(key)
  if (problems.length > 0) return `invalid taint spec: ${spec}, ${problems.join('; ')}`
  return { key, value, effect }
}

function parseTaints(specs: readonly string[]): { add: readonly Taint[]; remove: readonly Taint[] } | string {
  const add: Taint[] = []
  const remove: Taint[] = []
  for (const spec of specs) {
    const isRemoval = spec.endsWith('-')
    const taint = parseTaint(isRemoval ? spec.slice(0, -1) : spec)
    if (typeof taint === 'string') return taint
    if (isRemoval) {
      remove.push({ ...taint, value: '' })
      continue
    }
    if (taint.effect === '') return `invalid taint spec: ${spec}`
    if (add.some((other) => other.key === taint.key && other.effect === taint.effect))
      return `duplicated taints with the same key and effect: {${taint.key} ${taint.value} ${taint.effect} <nil>}`
    add.push(taint)
  }
  return { add, remove }
}

const matches = (left: Taint | Fields, right: Taint | Fields): boolean => left.key === right.key && left.effect === right.effect
const taintText = ({ key, value, effect }: Taint): string =>
  effect === '' ? (value === '' ? key : `${key}=${value}:`) : value === '' ? `${key}:${effect}` : `${key}=${value}:${effect}`

/** Models taint.reorganizeTaints: new taints first, then the old ones that stay. */
function reorganize(
  node: AnyObject,
  add: readonly Taint[],
  remove: readonly Taint[],
  overwrites: boolean,
): { readonly operation: string; readonly taints: readonly Fields[]; readonly failure: Failure | undefined } {
  const old = items(fields(node['spec'])['taints'])
  let taints: readonly Fields[] = [
    ...add.map(({ key, value, effect }) => ({ key, ...(value === '' ? {} : { value }), effect })),
    ...old.filter((taint) => !add.some((newer) => matches(newer, taint))),
  ]
  const isAdded = old.length !== taints.length
  const failures: Failure[] = []
  let isRemoved = false
  for (const taint of remove) {
    const left = taints.filter((one) => (taint.effect === '' ? one['key'] !== taint.key : !matches(taint, one)))
    isRemoved = left.length !== taints.length
    taints = left
    if (!isRemoved) failures.push(errorOf(`taint ${JSON.stringify(taintText(taint))} not found`))
  }
  const operation = (isAdded && isRemoved) || overwrites ? 'modified' : isAdded ? 'tainted' : 'untainted'
  return { operation, taints, failure: failures.length === 1 ? failures[0] : aggregate(failures) }
}

/** Models kubectl pkg/cmd/taint (v1.35). */
export const taint: Command = {
  path: ['taint'],
  summary: 'Change taints of nodes',
  usage: 'NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N',
  completes: 'resources',
  flags: [
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    VALIDATE_FLAG,
    SELECTOR_FLAG,
    { ...ALL_FLAG, summary: 'All nodes' },
    fieldManagerFlag('kubectl-taint'),
    { name: 'overwrite', type: 'bool', summary: 'Let new taints replace old ones' },
  ],
  run(invocation) {
    const { args, env, flags, namespace } = invocation
    const dryRun = dryRunOf(invocation)
    const fieldValidation = fieldValidationOf(invocation)
    const isTaint = (word: string): boolean => word.includes('=') || word.includes(':') || word.endsWith('-')
    const first = args.findIndex(isTaint)
    const resources = first < 0 ? args : args.slice(0, first)
    const specs = first < 0 ? [] : args.slice(first)
    const late = specs.find((word) => !isTaint(word))
    if (late !== undefined) fail(`all resources must be specified before taint changes: ${late}`)
    if (resources.length === 0) fail('one or more resources must be specified as <resource> <name>')
    if (specs.length === 0) fail('at least one taint update is required')
    const parsed = parseTaints(specs)
    if (typeof parsed === 'string') return usageError('taint', parsed)
    const { add, remove } = parsed
    const typed = resources[0]!.toLowerCase()
    const resource = env.registry.find(typed)
    if (!resource) return fail(`the server doesn't have a resource type ${JSON.stringify(typed)}`)
    if (resource.kind !== 'Node') fail(`invalid resource type ${typed}, only node types are supported`)
    const conflicts = add.flatMap((one) =>
      remove
        .filter((other) => other.key === one.key && (other.effect === '' || other.effect === one.effect))
        .map((other) => `${other.key}=${other.effect}`),
    )
    if (conflicts.length > 0)
      fail(`can not both modify and remove the following taint(s) in the same command: ${conflicts.join(', ')}`)
    const isAll = flags.bool('all')
    const selector = flags.string('selector')
    if (isAll && selector !== '') fail("setting 'all' parameter with a non empty selector is prohibited")
    if (!isAll && selector === '' && resources.length < 2)
      fail("at least one resource name must be specified since 'all' parameter is not set")
    // Upstream sets the operation after the dry run's suffix: it is lost.
    const printer = new ObjectPrinter(invocation, 'none')
    const selection = select({
      env,
      namespace,
      types: ['nodes'],
      names: isAll || selector !== '' ? [] : resources.slice(1),
      labelSelector: selector,
      selectAll: isAll,
      continueOnError: true,
      latest: true,
    })
    check(selection.failure)
    check(
      selection.visit((info) => {
        const before = info.object!
        const overwrites = flags.bool('overwrite')
        if (!overwrites) {
          const old = items(fields(before['spec'])['taints'])
          const existing = add.flatMap((one) => old.filter((other) => matches(one, other)).map(() => one.key))
          if (existing.length > 0)
            return errorOf(
              `node ${info.name} already has ${existing.join(',')} taint(s) with same effect(s) and --overwrite is false`,
            )
        }
        const { operation, taints, failure } = reorganize(before, add, remove, overwrites)
        if (failure) return failure
        const after = { ...before, spec: { ...fields(before['spec']), taints: taints.length > 0 ? taints : undefined } }
        if (dryRun === 'client') return printer.print(after, operation)
        const patch = twoWayPatch(env, before, after) ?? { type: 'strategic' as const, body: {} }
        const answer = answered(
          invocation,
          env.api.patch('nodes', '', info.name, patch, { ...writeOptions(invocation, dryRun), fieldValidation }),
        )
        return 'failure' in answer ? answer.failure : printer.print(answer.object, operation)
      }),
    )
    return done()
  },
}
