import type { Kernel } from '../../../kernel/kernel.ts'
import { formatMicroTime } from '../../../kernel/time.ts'
import type { Api } from '../../api/client.ts'
import type { Answer } from '../../api/status.ts'
import type { AnyObject, Lease } from '../../api/types.ts'
import { isUnanswered } from '../../apiserver/connection.ts'

const LEASE_DURATION_MS = 15_000
const RENEW_DEADLINE_MS = 10_000
export const RETRY_PERIOD_MS = 2_000

interface ElectionState {
  identity: string
  leading: boolean
  /** Simulated time of the last renewal that was answered. */
  renewedAt: number
  /** What was last seen of another holder, and since when. */
  observed: string
  observedAt: number
  /** The lease as this leader wrote it last: it renews without reading first. */
  lease: AnyObject | undefined
}

/**
 * Holds a Lease in kube-system: one instance of a component leads. Models client-go tools/leaderelection with the defaults of the
 * control plane (15 s duration, 10 s renew deadline, 2 s retry).
 */
export class LeaderElection {
  readonly #kernel: Kernel
  readonly #api: Api
  readonly #lease: string
  #state: ElectionState = { identity: '', leading: false, renewedAt: 0, observed: '', observedAt: 0, lease: undefined }

  constructor(options: { kernel: Kernel; api: Api; lease: string }) {
    this.#kernel = options.kernel
    this.#api = options.api
    this.#lease = options.lease
  }

  get isLeading(): boolean {
    return this.#state.leading
  }

  get identity(): string {
    return this.#state.identity
  }

  /** A new process: a new identity that leads nothing yet. */
  begin(host: string): void {
    const identity = `${host}_${this.#kernel.rng(`leader/${this.#lease}`).uuid()}`
    this.#state = { identity, leading: false, renewedAt: this.#kernel.now, observed: '', observedAt: this.#kernel.now, lease: undefined }
  }

  end(): void {
    this.#state = { ...this.#state, leading: false, lease: undefined }
  }

  /** To be called every `RETRY_PERIOD_MS`. `lost`: the leader could not renew for 10 s and must exit. */
  try(): 'leading' | 'acquired' | 'waiting' | 'lost' {
    const state = this.#state
    const now = this.#kernel.now
    const renewTime = formatMicroTime(this.#kernel.unixMs)
    if (state.leading && state.lease) {
      const renewed = this.#write(state.lease, { ...(state.lease as unknown as Lease).spec, renewTime })
      if (renewed.ok) return this.#acquired(renewed.value)
      if (isUnanswered(renewed.status)) return this.#unanswered()
    }
    const current = this.#api.get('leases.coordination.k8s.io', 'kube-system', this.#lease)
    if (!current.ok && isUnanswered(current.status)) return this.#unanswered()
    if (!current.ok) {
      const created = this.#api.create('leases.coordination.k8s.io', 'kube-system', this.#object(renewTime, renewTime, 0))
      return created.ok ? this.#acquired(created.value) : 'waiting'
    }
    const lease = current.value as unknown as Lease
    const holder = lease.spec?.holderIdentity ?? ''
    if (holder !== state.identity) {
      const record = `${holder}@${lease.spec?.renewTime ?? ''}`
      if (record !== state.observed) this.#state = { ...state, observed: record, observedAt: now }
      if (holder !== '' && this.#state.observedAt + LEASE_DURATION_MS > now) return state.leading ? 'lost' : 'waiting'
    }
    const transitions = (lease.spec?.leaseTransitions ?? 0) + (holder === state.identity ? 0 : 1)
    const acquireTime = holder === state.identity ? (lease.spec?.acquireTime ?? renewTime) : renewTime
    const next = this.#object(acquireTime, renewTime, transitions)
    const written = this.#write(current.value, next['spec'])
    if (!written.ok) return isUnanswered(written.status) ? this.#unanswered() : 'waiting'
    return this.#acquired(written.value)
  }

  #write(lease: AnyObject, spec: unknown): Answer<AnyObject> {
    return this.#api.update('leases.coordination.k8s.io', 'kube-system', this.#lease, { ...lease, spec })
  }

  #acquired(lease: AnyObject): 'leading' | 'acquired' {
    const was = this.#state.leading
    this.#state = { ...this.#state, leading: true, renewedAt: this.#kernel.now, lease }
    return was ? 'leading' : 'acquired'
  }

  #unanswered(): 'leading' | 'waiting' | 'lost' {
    if (!this.#state.leading) return 'waiting'
    return this.#kernel.now - this.#state.renewedAt > RENEW_DEADLINE_MS ? 'lost' : 'leading'
  }

  #object(acquireTime: string, renewTime: string, leaseTransitions: number): AnyObject {
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: this.#lease, namespace: 'kube-system' },
      spec: {
        holderIdentity: this.#state.identity,
        leaseDurationSeconds: LEASE_DURATION_MS / 1000,
        acquireTime,
        renewTime,
        leaseTransitions,
      },
    }
  }

  snapshot(): ElectionState {
    return { ...this.#state }
  }

  restore(state: ElectionState): void {
    this.#state = { ...state }
  }
}
