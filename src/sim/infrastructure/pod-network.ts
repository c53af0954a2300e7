import type { Millis } from '../kernel/time.ts'

/** What became of one request that was sent to a Pod's address, in truth. */
export type Reply =
  | { readonly type: 'answered'; readonly status: number; readonly afterMs: Millis }
  /** Nothing listens on the port: heard at once. */
  | { readonly type: 'refused' }
  /** The connection broke while the request was under way (the process was killed). */
  | { readonly type: 'reset'; readonly afterMs: Millis }
  /** Nobody answers: the host is off or out of reach, the address is gone, or the process hangs. */
  | { readonly type: 'silent' }

/** The true layer as a client sees it. */
export interface PodNetwork {
  /** Sends one HTTP-like request from a host to `address:port`; charges its CPU to the container that answers. */
  request(fromHost: string, address: string, port: number, path: string): Reply
}
