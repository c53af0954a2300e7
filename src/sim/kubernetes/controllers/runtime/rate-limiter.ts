import type { Millis } from '../../../kernel/time.ts'

/** How many requests a second a client may send, and how many at once after a pause. */
export interface ClientRate {
  readonly qps: number
  readonly burst: number
}

/** `--kube-api-qps` and `--kube-api-burst` of kube-controller-manager. */
export const DEFAULT_CLIENT_RATE: ClientRate = { qps: 20, burst: 30 }

interface LimiterState {
  /** In thousandths of a request; below zero when turns are taken that have not come yet. */
  readonly tokens: number
  readonly at: Millis
}

/** A token is a thousand units, of which `qps` flow in every millisecond. */
const TOKEN = 1000

/**
 * The rate limit of one client: turns are given in the order in which they are asked for, the next ones after those already taken.
 * Models client-go/util/flowcontrol (golang.org/x/time/rate) with the wait that a reservation gives. Before time 0 nobody waits: a cluster of
 * thousands of nodes has long come up when its story begins.
 */
export class RateLimiter {
  readonly #rate: ClientRate
  #tokens: number
  #at: Millis = 0

  constructor(rate: ClientRate) {
    this.#rate = rate
    this.#tokens = rate.burst * TOKEN
  }

  /** From one request to the next when the burst is used up. */
  get intervalMs(): Millis {
    return Math.ceil(TOKEN / this.#rate.qps)
  }

  /** How long a request would have to wait now. */
  waitMs(now: Millis): Millis {
    if (now < 0) return 0
    this.#refill(now)
    return this.#waitFor(this.#tokens - TOKEN)
  }

  /** Takes a turn and says when it comes. */
  reserve(now: Millis): Millis {
    if (now < 0) return now
    this.#refill(now)
    this.#tokens -= TOKEN
    return now + this.#waitFor(this.#tokens)
  }

  /** A turn that was taken and not used. */
  giveBack(): void {
    this.#tokens = Math.min(this.#rate.burst * TOKEN, this.#tokens + TOKEN)
  }

  reset(now: Millis): void {
    this.#tokens = this.#rate.burst * TOKEN
    this.#at = now
  }

  #waitFor(tokens: number): Millis {
    return tokens >= 0 ? 0 : Math.ceil(-tokens / this.#rate.qps)
  }

  /** Work that has spent time may have asked for a later instant already. */
  #refill(now: Millis): void {
    if (now <= this.#at) return
    this.#tokens = Math.min(this.#rate.burst * TOKEN, this.#tokens + (now - this.#at) * this.#rate.qps)
    this.#at = now
  }

  snapshot(): LimiterState {
    return { tokens: this.#tokens, at: this.#at }
  }

  restore({ tokens, at }: LimiterState): void {
    this.#tokens = tokens
    this.#at = at
  }
}
