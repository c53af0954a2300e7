import type { ContainerRuntime, RuntimeContainer } from '../../infrastructure/container-runtime.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { formatMicroTime, parseTime } from '../../kernel/time.ts'
import { answer, type Answer, refuse } from '../api/status.ts'
import type { ContainerStatus, Pod } from '../api/types.ts'
import { runOf } from '../../infrastructure/workload.ts'

/** What the log endpoint is asked for. */
export interface LogRequest {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly previous: boolean
  readonly timestamps: boolean
  readonly sinceMs?: number
  readonly sinceTime?: string
  readonly tailLines?: number
  readonly limitBytes?: number
  /** Where the last answer ended; given back by a follower to get only what is new. */
  readonly after?: string
}
export interface LogText {
  readonly text: string
  /** A mark for the next request of a follower. */
  readonly position: string
  /** The container has ended: a follower stops. */
  readonly ended: boolean
}

export interface ExecRequest {
  readonly namespace: string
  readonly pod: string
  readonly container: string
  readonly command: readonly string[]
  readonly stdin?: string
}
export interface ExecResult {
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
}

const badRequest = (message: string): Answer<never> => refuse({ code: 400, reason: 'BadRequest', message })

const podNotFound = (name: string): Answer<never> =>
  refuse({ code: 404, reason: 'NotFound', message: `pods "${name}" not found` })

const statusOf = (pod: Pod, name: string): ContainerStatus | undefined =>
  [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ].find((status) => status.name === name)

/** Why a container has no log yet. Models kubelet validateContainerLogStatus (v1.35). */
function waitingMessage(pod: Pod, container: string): string {
  const status = statusOf(pod, container)
  const where = `container "${container}" in pod "${pod.metadata.name}"`
  const reason = status?.state?.waiting?.reason
  switch (reason) {
    case 'ErrImagePull':
      return `${where} is waiting to start: image can't be pulled`
    case 'ImagePullBackOff':
      return `${where} is waiting to start: trying and failing to pull image`
    case undefined:
      return `${where} is not available`
    default:
      return `${where} is waiting to start: ${reason}`
  }
}

/** Log lines written so far: all of a run's output is written at its start when it does not end, else at its end. */
function outputOf(container: RuntimeContainer): string {
  if (container.state === 'exited') return container.log
  return container.log !== '' ? container.log : (runOf(container.workload, container.attempt)?.log ?? '')
}

export function readLogs(runtime: ContainerRuntime, pod: Pod | undefined, request: LogRequest, kernel: Kernel): Answer<LogText> {
  if (!pod) return podNotFound(request.pod)
  const instances = runtime
    .pod(pod.metadata.uid!)
    .containers.filter(({ name, state }) => name === request.container && state !== 'created')
  const container = request.previous
    ? instances.filter(({ state }) => state === 'exited')[instances[0]?.state === 'exited' ? 1 : 0]
    : instances[0]
  if (!container) {
    return badRequest(
      request.previous
        ? `previous terminated container "${request.container}" in pod "${request.pod}" not found`
        : waitingMessage(pod, request.container),
    )
  }
  const writtenAt = container.state === 'exited' ? container.finishedAt : container.startedAt
  const stamp = kernel.epochMs + writtenAt
  const since = request.sinceMs !== undefined ? kernel.unixMs - request.sinceMs : parseTime(request.sinceTime)
  const whole = since !== undefined && stamp < since ? '' : outputOf(container)
  const from = request.after?.startsWith(`${container.id}:`) ? Number(request.after.slice(container.id.length + 1)) : 0
  let lines = whole.slice(from).split('\n')
  if (lines.at(-1) === '') lines.pop()
  if (request.tailLines !== undefined && request.after === undefined)
    lines = request.tailLines === 0 ? [] : lines.slice(-request.tailLines)
  const prefix = request.timestamps ? `${formatMicroTime(stamp)} ` : ''
  let text = lines.map((line) => `${prefix}${line}\n`).join('')
  if (request.limitBytes !== undefined) text = text.slice(0, request.limitBytes)
  return answer({ text, position: `${container.id}:${whole.length}`, ended: container.state === 'exited' })
}

export function execInContainer(runtime: ContainerRuntime, pod: Pod | undefined, request: ExecRequest): Answer<ExecResult> {
  if (!pod) return podNotFound(request.pod)
  const container = runtime.pod(pod.metadata.uid!).containers.find(({ name }) => name === request.container)
  if (!container || container.state !== 'running')
    return badRequest(`container ${request.container} is not available in pod ${request.pod}: container not running`)
  const line = request.command.join(' ')
  const reply = runtime.exec(container, line)
  const exit = reply.hang ? 137 : (reply.exitCode ?? 0)
  if (reply.out !== undefined || container.workload.exec?.[line]) return answer({ stdout: reply.out ?? '', stderr: '', exit })
  const [command, ...rest] = request.command
  switch (command) {
    case 'echo':
      return answer({ stdout: `${rest.join(' ')}\n`, stderr: '', exit: 0 })
    case 'hostname':
      return answer({ stdout: `${pod.spec.hostname ?? pod.metadata.name}\n`, stderr: '', exit: 0 })
    case 'env':
    case 'printenv': {
      const spec = pod.spec.containers.find(({ name }) => name === request.container)
      const variables = (spec?.env ?? []).filter(({ value }) => value !== undefined).map(({ name, value }) => `${name}=${value}`)
      return answer({ stdout: `${[`HOSTNAME=${pod.metadata.name}`, ...variables].join('\n')}\n`, stderr: '', exit: 0 })
    }
    default:
      return answer({ stdout: '', stderr: '', exit })
  }
}
