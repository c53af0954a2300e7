import { type Command, done, type Invocation } from '../command.ts'
import { fail, usageError } from '../failure.ts'
import { at, type Fields, items, text, texts } from '../fields.ts'
import { TABLE_TABS, tabulate } from '../printers/tab-writer.ts'
import { findResource, isFailure } from '../selection.ts'
import { allNamespacesFlag } from './common-flags.ts'

interface Question {
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly name: string
  /** '' for all of them. */
  readonly namespace: string
  readonly url: string
}
interface User {
  readonly name: string
  readonly groups: readonly string[]
}

const ADMINS = 'system:masters'

/** Who asks: the user of the context is an administrator; with `--as` somebody else. */
function userOf({ flags, env }: Invocation): User {
  const other = flags.string('as')
  const groups = flags.list('as-group')
  if (other === '')
    return {
      name: env.session.contexts.find(({ name }) => name === env.session.context)?.user ?? 'kubernetes-admin',
      groups: [ADMINS, 'system:authenticated'],
    }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(other)
  const own = account ? ['system:serviceaccounts', `system:serviceaccounts:${account[1]}`] : []
  return {
    name: other,
    groups: [...groups, ...own, ...(other === 'system:anonymous' ? ['system:unauthenticated'] : ['system:authenticated'])],
  }
}

function isSubject({ kind, name, namespace }: Fields, user: User): boolean {
  if (kind === 'Group') return user.groups.includes(text(name))
  if (kind === 'ServiceAccount') return user.name === `system:serviceaccount:${text(namespace)}:${text(name)}`
  return user.name === text(name)
}

const covers = (list: unknown, wanted: string): boolean => texts(list).some((item) => item === '*' || item === wanted)

function allows(rule: Fields, question: Question): boolean {
  if (!covers(rule['verbs'], question.verb)) return false
  if (question.url !== '')
    return texts(rule['nonResourceURLs']).some(
      (url) => url === question.url || (url.endsWith('*') && question.url.startsWith(url.slice(0, -1))),
    )
  const names = texts(rule['resourceNames'])
  const [, sub] = question.resource.split('/')
  return (
    covers(rule['apiGroups'], question.group) &&
    (covers(rule['resources'], question.resource) || (sub !== undefined && texts(rule['resources']).includes(`*/${sub}`))) &&
    (names.length === 0 || names.includes(question.name))
  )
}

/** The rules that bindings give a user in a namespace. Models plugin/pkg/auth/authorizer/rbac. */
function rulesOf({ env }: Invocation, user: User, namespace: string): readonly Fields[] {
  const rules: Fields[] = []
  const listed = (resource: string, within?: string): readonly Fields[] => {
    const found = env.api.list(resource, within === undefined ? {} : { namespace: within })
    return found.ok ? found.value.items : []
  }
  const bindings = [
    ...listed('clusterrolebindings.rbac.authorization.k8s.io'),
    ...(namespace === '' ? [] : listed('rolebindings.rbac.authorization.k8s.io', namespace)),
  ]
  for (const binding of bindings) {
    if (!items(binding['subjects']).some((subject) => isSubject(subject, user))) continue
    const isCluster = at(binding, 'roleRef.kind') === 'ClusterRole'
    const role = env.api.get(
      isCluster ? 'clusterroles.rbac.authorization.k8s.io' : 'roles.rbac.authorization.k8s.io',
      isCluster ? '' : text(at(binding, 'metadata.namespace')),
      text(at(binding, 'roleRef.name')),
    )
    if (role.ok) rules.push(...items(role.value['rules']))
    // The roles that every cluster begins with are not stored here.
    else if (isCluster && at(binding, 'roleRef.name') === 'cluster-admin')
      rules.push({ verbs: ['*'], apiGroups: ['*'], resources: ['*'], nonResourceURLs: ['*'] })
  }
  return rules
}

const canI: Command = {
  path: ['auth', 'can-i'],
  summary: 'Ask whether an action is allowed',
  usage: 'VERB (TYPE | TYPE/NAME | NONRESOURCEURL)',
  flags: [
    { name: 'subresource', type: 'string', summary: 'Of this subresource' },
    { name: 'quiet', shorthand: 'q', type: 'bool', summary: 'Answer with the exit code only' },
    { name: 'list', type: 'bool', summary: 'List all that is allowed' },
    { name: 'no-headers', type: 'bool', summary: 'Leave out the header' },
    allNamespacesFlag,
  ],
  run(invocation) {
    const { args, flags, out, namespace } = invocation
    const user = userOf(invocation)
    const within = flags.bool('all-namespaces') ? '' : namespace
    if (flags.bool('list')) {
      if (args.length > 0) usageError('auth can-i', 'list option must be specified with no arguments')
      const own = user.groups.includes(ADMINS)
        ? [
            { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
            { verbs: ['*'], nonResourceURLs: ['*'] },
          ]
        : rulesOf(invocation, user, within)
      const rows = own.flatMap((rule) => {
        const groups = texts(rule['apiGroups'])
        const resources = texts(rule['resources']).flatMap((resource) =>
          (groups.length === 0 ? [''] : groups).map((group) => (group === '' ? resource : `${resource}.${group}`)),
        )
        const square = (words: readonly string[]): string => `[${words.join(' ')}]`
        const rest = [square(texts(rule['nonResourceURLs'])), square(texts(rule['resourceNames'])), square(texts(rule['verbs']))]
        return (resources.length === 0 ? [''] : resources).map((resource) => `${[resource, ...rest].join('\t')}\n`)
      })
      out.print(
        tabulate(
          (flags.bool('no-headers') ? '' : 'Resources\tNon-Resource URLs\tResource Names\tVerbs\n') + rows.join(''),
          TABLE_TABS,
        ),
      )
      return done()
    }
    const [verb = '', target = '', extra] = args
    if (args.length < 2 || args.length > 3)
      fail(
        "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
      )
    let question: Question = { verb, group: '', resource: '', name: extra ?? '', namespace: within, url: '' }
    if (target.startsWith('/')) question = { ...question, url: target }
    else if (target === '*') question = { ...question, group: '*', resource: '*' }
    else {
      const [type = '', name] = target.split('/')
      const resource = findResource(invocation, type)
      if (isFailure(resource)) {
        out.error(`Warning: the server doesn't have a resource type '${type}'\n\n`)
        question = { ...question, resource: type, name: name ?? question.name }
      } else {
        if (!resource.namespaced && !flags.bool('all-namespaces'))
          out.error(
            `Warning: resource '${resource.plural}' is not namespace scoped${resource.group === '' ? '' : ` in group '${resource.group}'`}\n\n`,
          )
        const sub = flags.string('subresource')
        question = {
          ...question,
          group: resource.group,
          resource: sub === '' ? resource.plural : `${resource.plural}/${sub}`,
          name: name ?? question.name,
          namespace: resource.namespaced ? within : '',
        }
      }
    }
    const isAllowed =
      user.groups.includes(ADMINS) || rulesOf(invocation, user, question.namespace).some((rule) => allows(rule, question))
    if (!flags.bool('quiet')) out.print(isAllowed ? 'yes\n' : 'no\n')
    return done(isAllowed ? 0 : 1)
  },
}

const whoAmI: Command = {
  path: ['auth', 'whoami'],
  summary: 'Show who the server takes you for',
  flags: [],
  run(invocation) {
    const { name, groups } = userOf(invocation)
    invocation.out.print(tabulate(`ATTRIBUTE\tVALUE\nUsername\t${name}\nGroups\t[${groups.join(' ')}]\n`, TABLE_TABS))
    return done()
  },
}

export const AUTH: readonly Command[] = [canI, whoAmI]
