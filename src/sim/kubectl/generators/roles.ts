import type { Command, Invocation } from '../command.ts'
import { fail } from '../failure.ts'
import type { Fields } from '../fields.ts'
import type { FlagSpec } from '../flags.ts'
import { compact, generatorCommand } from './generator.ts'

const RESOURCE_VERBS = '* get delete list create update patch watch proxy deletecollection use bind escalate impersonate'.split(
  ' ',
)
const URL_VERBS = ['*', 'get', 'post', 'put', 'delete', 'patch', 'head', 'options']
const RBAC = 'rbac.authorization.k8s.io'
/** Verbs that only some resources know. */
const SPECIAL_VERBS: Readonly<Record<string, readonly string[]>> = {
  use: ['podsecuritypolicies.policy', 'podsecuritypolicies.extensions'],
  bind: [`roles.${RBAC}`, `clusterroles.${RBAC}`],
  escalate: [`roles.${RBAC}`, `clusterroles.${RBAC}`],
  impersonate: ['users', 'serviceaccounts', 'groups', 'userextras.authentication.k8s.io'],
}

interface Target {
  readonly resource: string
  readonly group: string
  readonly subresource: string
}

const RULE_FLAGS: readonly FlagSpec[] = [
  { name: 'verb', type: 'stringSlice', summary: 'Verbs of the rule' },
  { name: 'resource', type: 'stringSlice', meaning: 'resource', summary: 'Resources of the rule: resource.group/subresource' },
  { name: 'resource-name', type: 'stringArray', summary: 'Names of the objects' },
]

const verbsOf = ({ flags }: Invocation): readonly string[] => {
  const verbs = flags.list('verb')
  return verbs.includes('*') ? ['*'] : [...new Set(verbs)]
}

function targetsOf({ flags }: Invocation): readonly Target[] {
  const out: Target[] = []
  for (const text of flags.list('resource')) {
    const slash = text.indexOf('/')
    const [whole, subresource] = slash < 0 ? [text, ''] : [text.slice(0, slash), text.slice(slash + 1)]
    const dot = whole.indexOf('.')
    const target = { resource: dot < 0 ? whole : whole.slice(0, dot), group: dot < 0 ? '' : whole.slice(dot + 1), subresource }
    if (text === '*') return [target]
    out.push(target)
  }
  return out
}

/** The plural and group that a target means; undefined when the server knows no such resource. */
function known({ env }: Invocation, { resource, group }: Target): { plural: string; group: string } | undefined {
  const found = env.registry.find(group === '' ? resource : `${resource}.${group}`)
  return found && { plural: found.plural, group: found.group }
}

function checkTargets(invocation: Invocation, verbs: readonly string[], targets: readonly Target[]): void {
  for (const target of targets) {
    if (target.resource === '') fail('resource must be specified if apiGroup/subresource specified')
    if (target.resource === '*') return
    let found = known(invocation, target)
    const { plural, group } = found ?? { plural: target.resource, group: target.group }
    for (const verb of verbs) {
      const only = SPECIAL_VERBS[verb]
      if (!only) continue
      if (!only.includes(group === '' ? plural : `${plural}.${group}`))
        fail(`can not perform '${verb}' on '${plural}' in group '${group}'`)
      found ??= { plural, group }
    }
    if (!found)
      fail(
        group === ''
          ? `the server doesn't have a resource type "${plural}"`
          : `the server doesn't have a resource type "${plural}" in group "${group}"`,
      )
  }
}

function rulesOf(
  invocation: Invocation,
  verbs: readonly string[],
  targets: readonly Target[],
  urls: readonly string[],
): readonly Fields[] {
  const groups = new Map<string, string[]>()
  for (const target of targets) {
    const { plural, group } = known(invocation, target) ?? { plural: target.resource, group: target.group }
    const name = target.subresource === '' ? plural : `${plural}/${target.subresource}`
    const list = groups.get(group) ?? []
    groups.set(group, list)
    if (!list.includes(name)) list.push(name)
  }
  const names = [...new Set(invocation.flags.list('resource-name'))]
  const rules: Fields[] = [...groups.keys()]
    .sort()
    .map((group) =>
      compact({ verbs, resources: groups.get(group), apiGroups: [group], resourceNames: names.length > 0 ? names : undefined }),
    )
  if (urls.length > 0) rules.push({ verbs, nonResourceURLs: urls })
  return rules
}

const warnOfVerbs = ({ out }: Invocation, verbs: readonly string[]): void => {
  for (const verb of verbs) if (!RESOURCE_VERBS.includes(verb)) out.error(`Warning: '${verb}' is not a standard resource verb\n`)
}

export const createRole: Command = generatorCommand({
  path: ['create', 'role'],
  summary: 'Create a Role with one rule',
  usage: 'NAME --verb=verb --resource=resource.group/subresource [--resource-name=resourcename]',
  resource: `roles.${RBAC}`,
  flags: RULE_FLAGS,
  generate(invocation, name) {
    const verbs = verbsOf(invocation)
    const targets = targetsOf(invocation)
    if (verbs.length === 0) fail('at least one verb must be specified')
    warnOfVerbs(invocation, verbs)
    if (targets.length === 0) fail('at least one resource must be specified')
    checkTargets(invocation, verbs, targets)
    return { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata: { name }, rules: rulesOf(invocation, verbs, targets, []) }
  },
})

export const createClusterRole: Command = generatorCommand({
  path: ['create', 'clusterrole'],
  summary: 'Create a ClusterRole',
  usage: 'NAME --verb=verb --resource=resource.group [--resource-name=resourcename]',
  resource: `clusterroles.${RBAC}`,
  flags: [
    ...RULE_FLAGS,
    { name: 'non-resource-url', type: 'stringSlice', summary: 'Paths of the rule' },
    { name: 'aggregation-rule', type: 'string', summary: 'Labels of the ClusterRoles to combine' },
  ],
  generate(invocation, name) {
    const { flags } = invocation
    const verbs = verbsOf(invocation)
    const targets = targetsOf(invocation)
    const urls = [...new Set(flags.list('non-resource-url'))]
    const head = { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name } }
    const aggregation = flags.string('aggregation-rule')
    if (aggregation !== '') {
      if (urls.length > 0 || verbs.length > 0 || targets.length > 0 || flags.list('resource-name').length > 0)
        fail('aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames')
      const matchLabels = Object.fromEntries(
        aggregation.split(',').map((pair) => {
          const equals = pair.indexOf('=')
          if (equals < 0) fail(`malformed pair, expect string=string`)
          return [pair.slice(0, equals), pair.slice(equals + 1)]
        }),
      )
      return { ...head, aggregationRule: { clusterRoleSelectors: [{ matchLabels }] } }
    }
    if (verbs.length === 0) fail('at least one verb must be specified')
    if (targets.length === 0 && urls.length === 0) fail('one of resource or nonResourceURL must be specified')
    if (targets.length > 0) {
      warnOfVerbs(invocation, verbs)
      checkTargets(invocation, verbs, targets)
    }
    for (const verb of urls.length > 0 ? verbs : [])
      if (!URL_VERBS.includes(verb)) fail(`invalid verb: '${verb}' for nonResourceURL`)
    for (const url of urls) {
      if (url === '*') continue
      if (!url.startsWith('/')) fail('nonResourceURL should start with /')
      if (url.slice(0, -1).includes('*')) fail("nonResourceURL only supports wildcard matches when '*' is at the end")
    }
    return { ...head, rules: rulesOf(invocation, verbs, targets, urls) }
  },
})

const SUBJECT_FLAGS: readonly FlagSpec[] = [
  { name: 'user', type: 'stringArray', summary: 'Users' },
  { name: 'group', type: 'stringArray', summary: 'Groups' },
  { name: 'serviceaccount', type: 'stringArray', summary: 'Service accounts: <namespace>:<name>' },
]

function subjectsOf({ flags }: Invocation): readonly Fields[] | undefined {
  const subjects: Fields[] = [
    ...flags.list('user').map((name) => ({ kind: 'User', apiGroup: RBAC, name })),
    ...flags.list('group').map((name) => ({ kind: 'Group', apiGroup: RBAC, name })),
    ...flags.list('serviceaccount').map((text) => {
      const [namespace = '', name = '', extra] = text.split(':')
      if (namespace === '' || name === '' || extra !== undefined) fail('serviceaccount must be <namespace>:<name>')
      return { kind: 'ServiceAccount', namespace, name }
    }),
  ]
  return subjects.length > 0 ? subjects : undefined
}

export const createRoleBinding: Command = generatorCommand({
  path: ['create', 'rolebinding'],
  summary: 'Create a RoleBinding',
  usage: 'NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:name]',
  resource: `rolebindings.${RBAC}`,
  flags: [
    { name: 'clusterrole', type: 'string', summary: 'ClusterRole to bind' },
    { name: 'role', type: 'string', summary: 'Role to bind' },
    ...SUBJECT_FLAGS,
  ],
  failurePrefix: 'failed to create rolebinding: ',
  generate(invocation, name) {
    const [clusterRole, role] = [invocation.flags.string('clusterrole'), invocation.flags.string('role')]
    if ((clusterRole === '') === (role === '')) fail('exactly one of clusterrole or role must be specified')
    return compact({
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata: { name },
      subjects: subjectsOf(invocation),
      roleRef: { apiGroup: RBAC, kind: role === '' ? 'ClusterRole' : 'Role', name: role || clusterRole },
    })
  },
})

export const createClusterRoleBinding: Command = generatorCommand({
  path: ['create', 'clusterrolebinding'],
  summary: 'Create a ClusterRoleBinding',
  usage: 'NAME --clusterrole=NAME [--user=username] [--group=groupname] [--serviceaccount=namespace:name]',
  resource: `clusterrolebindings.${RBAC}`,
  flags: [{ name: 'clusterrole', type: 'string', summary: 'ClusterRole to bind' }, ...SUBJECT_FLAGS],
  required: ['clusterrole'],
  failurePrefix: 'failed to create clusterrolebinding: ',
  generate: (invocation, name) =>
    compact({
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      subjects: subjectsOf(invocation),
      roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: invocation.flags.string('clusterrole') },
    }),
})
