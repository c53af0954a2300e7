import { type Command, Fatal, type Invocation } from '../command.ts'
import { check, fail } from '../failure.ts'
import { collect, select } from '../resource-builder.ts'

/** An object that is not there is the first thing that the real one says. */
function mustExist({ args, env, namespace }: Invocation, type = 'pods'): void {
  const [target = ''] = args
  if (target === '') return
  check(collect(select({ env, namespace, args: [target.includes('/') ? target : `${type}/${target}`] })).failure)
}

/** A verb of the real kubectl that means nothing in a simulation: it says why, and what to do instead. */
const refused = (path: readonly string[], reason: string, first?: (invocation: Invocation) => void): Command => ({
  path,
  summary: 'Not part of the simulation',
  flags: [],
  run(invocation) {
    first?.(invocation)
    throw new Fatal(`error: kubectl ${path.join(' ')} is not part of this simulation: ${reason}`)
  },
})

export const REFUSED: readonly Command[] = [
  refused(
    ['port-forward'],
    'there is no network of yours to forward to. Look at the Service, or run a request from a Pod with kubectl exec',
    mustExist,
  ),
  refused(['proxy'], 'there is no network of yours to listen on. Use kubectl get --raw'),
  refused(['attach'], 'containers have no terminal. Use kubectl logs -f', mustExist),
  refused(['cp'], 'containers have no file system that files could be copied from. Use a ConfigMap', ({ args }) => {
    if (args.length !== 2) fail('source and destination are required')
  }),
  refused(['debug'], 'containers have no shell to look around in. Use kubectl describe and kubectl logs'),
  refused(['kustomize'], 'write the objects out and use kubectl apply -f'),
  refused(['plugin', 'list'], 'it has no plugins'),
  refused(['completion'], 'the terminal completes already: press Tab'),
  refused(['certificate', 'approve'], 'certificates are not simulated'),
  refused(['certificate', 'deny'], 'certificates are not simulated'),
]
