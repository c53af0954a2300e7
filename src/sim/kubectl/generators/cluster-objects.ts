import { parseSelector } from '../../kubernetes/api/selectors.ts'
import type { Command } from '../command.ts'
import { fail } from '../failure.ts'
import { compact, generatorCommand, intOrString } from './generator.ts'
import { resourceListOf } from './resource-list.ts'

export const createNamespace: Command = generatorCommand({
  path: ['create', 'namespace'],
  aliases: ['ns'],
  summary: 'Create a namespace',
  usage: 'NAME',
  resource: 'namespaces',
  flags: [],
  generate: (_, name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
})

export const createServiceAccount: Command = generatorCommand({
  path: ['create', 'serviceaccount'],
  aliases: ['sa'],
  summary: 'Create a ServiceAccount',
  usage: 'NAME',
  resource: 'serviceaccounts',
  flags: [],
  failurePrefix: 'failed to create serviceaccount: ',
  generate: (_, name) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }),
})

export const createQuota: Command = generatorCommand({
  path: ['create', 'quota'],
  aliases: ['resourcequota'],
  summary: 'Create a ResourceQuota',
  usage: 'NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2]',
  resource: 'resourcequotas',
  flags: [
    { name: 'hard', type: 'string', summary: 'resource=quantity pairs, with commas between them' },
    { name: 'scopes', type: 'string', summary: 'Scopes, with commas between them' },
  ],
  failurePrefix: 'failed to create quota: ',
  generate({ flags }, name) {
    const hard = flags.string('hard')
    const scopes = flags.string('scopes')
    const scopeList = scopes === '' ? undefined : scopes.split(',')
    if (scopeList?.includes('')) fail('invalid resource quota scope ""')
    return {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name },
      spec: compact({ hard: resourceListOf(hard), scopes: scopeList }),
    }
  },
})

export const createPodDisruptionBudget: Command = generatorCommand({
  path: ['create', 'poddisruptionbudget'],
  aliases: ['pdb'],
  summary: 'Create a PodDisruptionBudget',
  usage: 'NAME --selector=SELECTOR --min-available=N',
  resource: 'poddisruptionbudgets.policy',
  flags: [
    { name: 'min-available', type: 'string', summary: 'Number or percentage of Pods that must stay' },
    { name: 'max-unavailable', type: 'string', summary: 'Number or percentage of Pods that may be gone' },
    { name: 'selector', type: 'string', meaning: 'label', summary: 'Label selector of the Pods' },
  ],
  failurePrefix: 'failed to create poddisruptionbudgets: ',
  generate({ flags }, name) {
    const [selector, minimum, maximum] = [
      flags.string('selector'),
      flags.string('min-available'),
      flags.string('max-unavailable'),
    ]
    if (selector === '') fail('a selector must be specified')
    if (minimum === '' && maximum === '') fail('one of min-available or max-unavailable must be specified')
    if (minimum !== '' && maximum !== '') fail('min-available and max-unavailable cannot be both specified')
    if (minimum !== '' && !/^[0-9]+%?$/.test(minimum)) fail('invalid format specified for min-available')
    if (maximum !== '' && !/^[0-9]+%?$/.test(maximum)) fail('invalid format specified for max-unavailable')
    return {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name },
      spec: {
        selector: labelSelectorOf(selector),
        ...(minimum !== '' ? { minAvailable: intOrString(minimum) } : { maxUnavailable: intOrString(maximum) }),
      },
    }
  },
})

const OPERATORS: Readonly<Record<string, string>> = { in: 'In', notin: 'NotIn', exists: 'Exists', '!': 'DoesNotExist' }

/** `app=web,tier in (a,b)` as a `metav1.LabelSelector`. Models metav1.ParseToLabelSelector. */
export function labelSelectorOf(text: string): Readonly<Record<string, unknown>> {
  const parsed = parseSelector(text)
  if (!parsed.ok) return fail(`couldn't parse the selector string ${JSON.stringify(text)}: ${parsed.message}`)
  const matchLabels: Record<string, string> = {}
  const matchExpressions: Readonly<Record<string, unknown>>[] = []
  for (const { key, operator, values } of parsed.value) {
    if (operator === '=' || operator === '==') matchLabels[key] = values[0] ?? ''
    else if (operator === '!=') matchExpressions.push({ key, operator: 'NotIn', values: [...values] })
    else if (operator in OPERATORS)
      matchExpressions.push(compact({ key, operator: OPERATORS[operator], values: values.length > 0 ? [...values] : undefined }))
    else fail(`${JSON.stringify(operator)} isn't supported in label selectors`)
  }
  return compact({
    matchLabels: Object.keys(matchLabels).length > 0 ? matchLabels : undefined,
    matchExpressions: matchExpressions.length > 0 ? matchExpressions : undefined,
  })
}

export const createPriorityClass: Command = generatorCommand({
  path: ['create', 'priorityclass'],
  aliases: ['pc'],
  summary: 'Create a PriorityClass',
  usage: 'NAME --value=VALUE --global-default=BOOL',
  resource: 'priorityclasses.scheduling.k8s.io',
  flags: [
    { name: 'value', type: 'int32', default: '0', summary: 'Priority' },
    { name: 'global-default', type: 'bool', summary: 'For Pods that name no class' },
    { name: 'description', type: 'string', summary: 'When to use it' },
    { name: 'preemption-policy', type: 'string', default: 'PreemptLowerPriority', summary: 'May such Pods push out others?' },
  ],
  failurePrefix: 'failed to create priorityclass: ',
  generate: ({ flags }, name) => ({
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value: flags.int('value'),
    globalDefault: flags.bool('global-default'),
    description: flags.string('description'),
    preemptionPolicy: flags.string('preemption-policy'),
  }),
})
