import type { ContainerRuntime, PodIdentity, RuntimeError } from '../../infrastructure/container-runtime.ts'
import { copyPlain } from '../../kernel/copy-plain.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Millis } from '../../kernel/time.ts'
import type { Container, Pod } from '../api/types.ts'
import { BackOff } from './back-off.ts'
import { goDuration } from './duration-text.ts'
import type { StartFailure } from './pod-status.ts'

interface Pull {
  readonly pod: PodIdentity
  readonly uid: string
  readonly container: string
  readonly image: string
  readonly token: number
  readonly askedAt: Millis
  startedAt: Millis
  error: RuntimeError | undefined
}

export interface ImageHost {
  readonly kernel: Kernel
  readonly runtime: ContainerRuntime
  /** A message to the kubelet that owns this, of kind `pulled`. */
  post(delayMs: Millis, body: unknown): void
  event(uid: string, container: string, type: 'Normal' | 'Warning', reason: string, message: string): void
  /** The pull that a start waited for is over. */
  onPulled(uid: string, token: number, failure: StartFailure | undefined): void
}

export type ImageAnswer =
  { readonly type: 'present' } | { readonly type: 'pulling' } | { readonly type: 'failed'; readonly failure: StartFailure }

const FIRST_MS = 10_000
const MAX_MS = 300_000

/** `rpc error: code = NotFound desc = …`; code Unknown is left out where the image manager unwraps it. */
const errorText = ({ code, message }: RuntimeError): string =>
  code === 'Unknown' ? message : `rpc error: code = ${code} desc = ${message}`

const LOWER_CASE = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/

/** Why a name is no image name, in the words of the reference parser; undefined when it is one. */
export function imageNameError(image: string): string | undefined {
  const invalid = (why: string): string => `couldn't parse image name "${image}": invalid reference format${why}`
  const [name = ''] = image.split('@')
  if (name === '') return invalid('')
  const slash = name.lastIndexOf('/')
  const colon = name.indexOf(':', slash + 1)
  const path = colon < 0 ? name : name.slice(0, colon)
  if (colon >= 0 && !/^\w[\w.-]{0,127}$/.test(name.slice(colon + 1))) return invalid('')
  const parts = path.split('/')
  const first = parts[0]!
  const hasHost = parts.length > 1 && (/[.:]/.test(first) || first === 'localhost' || first.toLowerCase() !== first)
  const repository = hasHost ? parts.slice(1) : parts
  if (repository.some((part) => part.toLowerCase() !== part))
    return invalid(`: repository name (${repository.join('/')}) must be lowercase`)
  return repository.every((part) => LOWER_CASE.test(part)) ? undefined : invalid('')
}

/** `:latest` or no tag at all is pulled each time, unless the manifest says otherwise. */
const policyOf = ({ image = '', imagePullPolicy }: Container): 'Always' | 'IfNotPresent' | 'Never' => {
  if (imagePullPolicy) return imagePullPolicy
  const last = image.slice(image.lastIndexOf('/') + 1)
  return !last.includes('@') && (!last.includes(':') || last.endsWith(':latest')) ? 'Always' : 'IfNotPresent'
}

/** Brings images to the node, one at a time. Models pkg/kubelet/images image_manager.go (v1.35). */
export class ImageManager {
  readonly #host: ImageHost
  readonly #backOff = new BackOff(FIRST_MS, MAX_MS)
  /** Waiting pulls; the first one is under way. */
  #queue: Pull[] = []
  /** The last error of a Pod's image: `reason: message`. */
  #lastErrors = new Map<string, string>()

  constructor(host: ImageHost) {
    this.#host = host
  }

  start(): void {
    this.#backOff.clear()
    this.#queue = []
    this.#lastErrors.clear()
  }

  forgetPod(uid: string): void {
    this.#backOff.forget(`${uid}_`)
    for (const key of this.#lastErrors.keys()) if (key.startsWith(`${uid}_`)) this.#lastErrors.delete(key)
  }

  ensure(pod: Pod, container: Container, token: number): ImageAnswer {
    const { kernel, runtime } = this.#host
    const uid = pod.metadata.uid!
    const image = container.image ?? ''
    const event = (type: 'Normal' | 'Warning', reason: string, message: string): void =>
      this.#host.event(uid, container.name, type, reason, message)
    const failed = (reason: string, message: string): ImageAnswer => ({ type: 'failed', failure: { reason, message } })
    const malformed = imageNameError(image)
    if (malformed !== undefined) {
      const message = `Failed to apply default image tag "${image}": ${malformed}`
      event('Warning', 'InspectFailed', message)
      return failed('InvalidImageName', message)
    }
    const found = runtime.inspectImage(image)
    if (found && 'error' in found) {
      const message = `Failed to inspect image "": rpc error: code = ${found.error.code} desc = ${found.error.message}`
      event('Warning', 'InspectFailed', message)
      return failed('ImageInspectError', message)
    }
    const policy = policyOf(container)
    if (found && policy !== 'Always') {
      event('Normal', 'Pulled', `Container image "${image}" already present on machine and can be accessed by the pod`)
      return { type: 'present' }
    }
    if (policy === 'Never') {
      const message = `Container image "${image}" is not present with pull policy of Never`
      event('Warning', 'ErrImageNeverPull', message)
      return failed('ErrImageNeverPull', message)
    }
    const key = `${uid}_${image}`
    if (this.#backOff.isInBackOffSinceUpdate(key, kernel.now)) {
      const message = `Back-off pulling image "${image}"`
      event('Normal', 'BackOff', message)
      const last = this.#lastErrors.get(key)
      return failed('ImagePullBackOff', last ? `${message}: ${last}` : message)
    }
    this.#lastErrors.delete(key)
    event('Normal', 'Pulling', `Pulling image "${image}"`)
    this.#queue.push({
      pod: { uid, namespace: pod.metadata.namespace ?? 'default', name: pod.metadata.name },
      uid,
      container: container.name,
      image,
      token,
      askedAt: kernel.now,
      startedAt: 0,
      error: undefined,
    })
    if (this.#queue.length === 1) this.#begin()
    return { type: 'pulling' }
  }

  #begin(): void {
    const pull = this.#queue[0]
    if (!pull) return
    pull.startedAt = this.#host.kernel.now
    const { afterMs, error } = this.#host.runtime.beginPull(pull.image, pull.pod)
    pull.error = error
    // Two pulls never take equally long.
    const spread = afterMs === 0 ? 0 : this.#host.kernel.rng(`${this.#host.runtime.name}/pulls`).int(1 + Math.ceil(afterMs / 50))
    this.#host.post(afterMs + spread, null)
  }

  /** The pull at the head of the queue has ended. */
  pulled(): void {
    const pull = this.#queue.shift()
    if (!pull) return
    const { kernel, runtime } = this.#host
    const { sizeBytes } = runtime.endPull(pull.image, pull.pod, pull.error)
    const { uid, container, image, token } = pull
    if (pull.error) {
      const text = errorText(pull.error)
      this.#host.event(uid, container, 'Warning', 'Failed', `Failed to pull image "${image}": ${text}`)
      this.#backOff.next(`${uid}_${image}`, kernel.now, kernel.now)
      this.#lastErrors.set(`${uid}_${image}`, `ErrImagePull: ${text}`)
      this.#host.onPulled(uid, token, { reason: 'ErrImagePull', message: text })
    } else {
      const took = goDuration(kernel.now - pull.startedAt)
      const whole = goDuration(kernel.now - pull.askedAt)
      this.#host.event(
        uid,
        container,
        'Normal',
        'Pulled',
        `Successfully pulled image "${image}" in ${took} (${whole} including waiting). Image size: ${sizeBytes} bytes.`,
      )
      this.#host.onPulled(uid, token, undefined)
    }
    this.#begin()
  }

  snapshot(): unknown {
    return { backOff: this.#backOff.snapshot(), queue: copyPlain(this.#queue), lastErrors: new Map(this.#lastErrors) }
  }

  restore(state: unknown): void {
    const saved = state as { backOff: ReturnType<BackOff['snapshot']>; queue: Pull[]; lastErrors: Map<string, string> }
    this.#backOff.restore(saved.backOff)
    this.#queue = copyPlain(saved.queue)
    this.#lastErrors = new Map(saved.lastErrors)
  }
}
