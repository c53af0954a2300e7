import { type Command, Fatal } from '../command.ts'

/** A verb of the real kubectl that means nothing in a simulation: it says why, and what to do instead. */
const refused = (path: readonly string[], reason: string): Command => ({
  path,
  summary: 'Not part of the simulation',
  flags: [],
  run() {
    throw new Fatal(`error: kubectl ${path.join(' ')} is not part of this simulation: ${reason}`)
  },
})

export const REFUSED: readonly Command[] = [
  refused(
    ['port-forward'],
    'there is no network of yours to forward to. Look at the Service, or run a request from a Pod with kubectl exec',
  ),
  refused(['proxy'], 'there is no network of yours to listen on. Use kubectl get --raw'),
  refused(['attach'], 'containers have no terminal. Use kubectl logs -f'),
  refused(['cp'], 'containers have no file system that files could be copied from. Use a ConfigMap'),
  refused(['debug'], 'containers have no shell to look around in. Use kubectl describe and kubectl logs'),
  refused(['kustomize'], 'write the objects out and use kubectl apply -f'),
  refused(['plugin', 'list'], 'it has no plugins'),
  refused(['completion'], 'the terminal completes already: press Tab'),
  refused(['certificate', 'approve'], 'certificates are not simulated'),
  refused(['certificate', 'deny'], 'certificates are not simulated'),
]
