import type { ContainerRuntime } from '../../infrastructure/container-runtime.ts'
import type { Millis } from '../../kernel/time.ts'
import type { Container, Handler, Pod } from '../api/types.ts'
import { portOf } from './probe-manager.ts'

/** Longer than any simulation. */
const FOR_EVER_MS = 1_000_000_000

export interface HookOutcome {
  readonly afterMs: Millis
  /** Undefined: it went well. */
  readonly error: string | undefined
}

/** How long a postStart or preStop hook that begins now takes and how it ends. Models pkg/kubelet/lifecycle/handlers.go (v1.35). */
export function hookOutcome(
  runtime: ContainerRuntime,
  hostAddress: string,
  pod: Pod,
  container: Container,
  containerId: string,
  hook: Handler,
): HookOutcome {
  const live = runtime.container(containerId)
  const { name, namespace = 'default', uid } = pod.metadata
  const where = `for Container "${container.name}" in Pod "${name}_${namespace}(${uid})" failed - error: `
  if (hook.sleep) return { afterMs: hook.sleep.seconds * 1000, error: undefined }
  if (!live) return { afterMs: 0, error: 'container not found' }
  if (hook.exec) {
    const line = (hook.exec.command ?? []).join(' ')
    const answer = runtime.exec(live, line)
    if (answer.hang) return { afterMs: FOR_EVER_MS, error: undefined }
    const code = answer.exitCode ?? 0
    const error =
      code === 0
        ? undefined
        : `Exec lifecycle hook ([${line}]) ${where}command '${line}' exited with ${code}: , message: "${answer.out ?? ''}"`
    return { afterMs: answer.afterMs ?? 0, error }
  }
  if (hook.httpGet) {
    const { path = '/', scheme = 'HTTP', host } = hook.httpGet
    const port = portOf(hook.httpGet.port, container)
    const slashed = path.startsWith('/') ? path : `/${path}`
    const sandbox = runtime.pod(uid!).sandboxes.find(({ id }) => id === live.sandboxId)
    const address = `${host ?? (sandbox?.hostNetwork ? hostAddress : sandbox?.ip)}:${port}`
    const answer = runtime.http(live.sandboxId, port, slashed)
    if (answer.hang) return { afterMs: FOR_EVER_MS, error: undefined }
    const error =
      answer.status === 0
        ? `HTTP lifecycle hook (${path}) ${where}Get "${scheme.toLowerCase()}://${address}${slashed}": dial tcp ${address}: connect: connection refused`
        : undefined
    return { afterMs: answer.afterMs ?? 0, error }
  }
  return { afterMs: 0, error: undefined }
}
