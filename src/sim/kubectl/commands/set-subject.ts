import { type Command, done } from '../command.ts'
import { check, errorOf, fail } from '../failure.ts'
import { type Fields, items, text } from '../fields.ts'
import { collect, select } from '../resource-builder.ts'
import { patchAll, SET_FLAGS } from '../set-patches.ts'
import { builderOptionsOf, dryRunOf, isNamespaceGiven, ObjectPrinter } from '../write-options.ts'

const RBAC = 'rbac.authorization.k8s.io'
const unique = (names: readonly string[]): readonly string[] => [...new Set(names)].sort()
const sameSubject = (left: Fields, right: Fields): boolean =>
  ['kind', 'apiGroup', 'namespace', 'name'].every((field) => text(left[field]) === text(right[field]))

/** Models kubectl pkg/cmd/set set_subject.go (v1.35). */
export const setSubject: Command = {
  path: ['set', 'subject'],
  summary: 'Add users, groups or service accounts to a binding',
  usage: '(-f FILENAME | TYPE NAME) [--user=username] [--group=groupname] [--serviceaccount=namespace:serviceaccountname]',
  completes: 'resources',
  flags: [
    ...SET_FLAGS.filter(({ name }) => name !== 'record'),
    { name: 'user', type: 'stringArray', summary: 'Users' },
    { name: 'group', type: 'stringArray', summary: 'Groups' },
    { name: 'serviceaccount', type: 'stringArray', summary: 'Service accounts: <namespace>:<name>' },
  ],
  run(invocation) {
    const { args, flags, namespace } = invocation
    const dryRun = dryRunOf(invocation)
    const printer = new ObjectPrinter(invocation, dryRun)
    const isLocal = flags.bool('local')
    const { infos, failure } = collect(
      select({
        ...builderOptionsOf(invocation),
        enforceNamespace: isNamespaceGiven(invocation),
        args,
        labelSelector: flags.string('selector'),
        allowTypeAlone: flags.bool('all'),
        latest: !isLocal,
        local: isLocal,
      }),
    )
    check(failure)
    if (isLocal && dryRun === 'server') fail('cannot specify --local and --dry-run=server - did you mean --dry-run=client?')
    if (flags.bool('all') && flags.string('selector') !== '') fail('cannot set --all and --selector at the same time')
    const [users, groups, accounts] = [flags.list('user'), flags.list('group'), flags.list('serviceaccount')]
    if (users.length === 0 && groups.length === 0 && accounts.length === 0)
      fail('you must specify at least one value of user, group or serviceaccount')
    for (const account of accounts) {
      const [space = '', name = '', extra] = account.split(':')
      if (name === '' || extra !== undefined) fail('serviceaccount must be <namespace>:<name>')
      if (space === '' && infos.some(({ object }) => object?.kind === 'ClusterRoleBinding'))
        fail('serviceaccount must be <namespace>:<name>, namespace must be specified')
    }
    const added: readonly Fields[] = [
      ...unique(users).map((name) => ({ kind: 'User', apiGroup: RBAC, name })),
      ...unique(groups).map((name) => ({ kind: 'Group', apiGroup: RBAC, name })),
      ...unique(accounts).map((account) => {
        const [space = '', name = ''] = account.split(':')
        return { kind: 'ServiceAccount', namespace: space || namespace, name }
      }),
    ]
    patchAll(
      { invocation, printer, dryRun, operation: 'subjects updated', failurePrefix: 'failed to patch subjects to rolebinding: ' },
      infos,
      (object) => {
        if (object.kind !== 'RoleBinding' && object.kind !== 'ClusterRoleBinding')
          return errorOf('setting subjects is only supported for RoleBinding/ClusterRoleBinding')
        const existing = items(object['subjects'])
        return { ...object, subjects: [...existing, ...added.filter((one) => !existing.some((old) => sameSubject(old, one)))] }
      },
    )
    return done()
  },
}
