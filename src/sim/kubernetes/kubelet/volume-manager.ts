import { copyPlain } from '../../kernel/copy-plain.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Millis } from '../../kernel/time.ts'
import type { Pod, Volume } from '../api/types.ts'

interface Mount {
  readonly name: string
  isMounted: boolean
  /** Delay before the next try; 0 before the first failure. */
  delayMs: Millis
}

interface Waiter {
  readonly since: Millis
  readonly token: number
}

export interface VolumeHost {
  readonly kernel: Kernel
  /** A message to the kubelet that owns this, of kind `volume`. */
  post(delayMs: Millis, body: unknown): void
  pod(uid: string): Pod | undefined
  event(pod: Pod, type: 'Normal' | 'Warning', reason: string, message: string): void
  /** Why this volume cannot be mounted now: text of the event, '' to wait in silence, undefined when it can. */
  mountError(pod: Pod, volume: Volume): string | undefined
  /** The wait of this sync is over. */
  onReady(uid: string, token: number, mounted: boolean): void
}

const FIRST_TRY_MS = 150
const POLL_MS = 300
const WAIT_MS = 123_000
const FIRST_DELAY_MS = 500
const MAX_DELAY_MS = 122_000

/** Mounts the volumes of Pods and tells when all are there. Models pkg/kubelet/volumemanager (v1.35). */
export class VolumeManager {
  readonly #host: VolumeHost
  #mounts = new Map<string, Mount[]>()
  #waiters = new Map<string, Waiter>()

  constructor(host: VolumeHost) {
    this.#host = host
  }

  start(): void {
    this.#mounts.clear()
    this.#waiters.clear()
  }

  /** True when every volume is mounted; otherwise the mounting begins (or goes on) and `onReady` follows. */
  wait(pod: Pod, token: number): boolean {
    const uid = pod.metadata.uid!
    const volumes = pod.spec.volumes ?? []
    if (volumes.length === 0) return true
    let mounts = this.#mounts.get(uid)
    if (!mounts) {
      mounts = volumes.map(({ name }) => ({ name, isMounted: false, delayMs: 0 }))
      this.#mounts.set(uid, mounts)
      for (const { name } of mounts) this.#host.post(FIRST_TRY_MS, { uid, volume: name })
    }
    if (mounts.every(({ isMounted }) => isMounted)) return true
    this.#waiters.set(uid, { since: this.#host.kernel.now, token })
    this.#host.post(WAIT_MS, { uid, timeout: token })
    return false
  }

  /** The sync that waited is cancelled. */
  abandon(uid: string): void {
    this.#waiters.delete(uid)
  }

  unmount(uid: string): void {
    this.#mounts.delete(uid)
    this.#waiters.delete(uid)
  }

  receive(body: unknown): void {
    const { uid, volume, timeout, ready } = body as { uid: string; volume?: string; timeout?: number; ready?: number }
    const waiter = this.#waiters.get(uid)
    if (volume === undefined) {
      const token = timeout ?? ready
      if (waiter?.token !== token) return
      this.#waiters.delete(uid)
      this.#host.onReady(uid, token!, ready !== undefined)
      return
    }
    const mounts = this.#mounts.get(uid)
    const mount = mounts?.find(({ name }) => name === volume)
    const pod = this.#host.pod(uid)
    const spec = pod?.spec.volumes?.find(({ name }) => name === volume)
    if (!mounts || !mount || mount.isMounted || !pod || !spec) return
    const error = this.#host.mountError(pod, spec)
    if (error !== undefined) {
      if (error !== '')
        this.#host.event(pod, 'Warning', 'FailedMount', `MountVolume.SetUp failed for volume "${volume}" : ${error}`)
      mount.delayMs = mount.delayMs === 0 ? FIRST_DELAY_MS : Math.min(mount.delayMs * 2, MAX_DELAY_MS)
      this.#host.post(mount.delayMs + 5, { uid, volume })
      return
    }
    mount.isMounted = true
    if (!waiter || !mounts.every(({ isMounted }) => isMounted)) return
    const waited = this.#host.kernel.now - waiter.since
    const toPoll = Math.ceil((waited + 1) / POLL_MS) * POLL_MS - waited
    this.#host.post(toPoll, { uid, ready: waiter.token })
  }

  snapshot(): unknown {
    return { mounts: copyPlain(this.#mounts), waiters: new Map(this.#waiters) }
  }

  restore(state: unknown): void {
    const saved = state as { mounts: Map<string, Mount[]>; waiters: Map<string, Waiter> }
    this.#mounts = copyPlain(saved.mounts)
    this.#waiters = new Map(saved.waiters)
  }
}
