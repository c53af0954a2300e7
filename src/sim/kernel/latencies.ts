import type { Millis } from './time.ts'

/** Every hop's duration in one table; a scenario may override any of them. Whole milliseconds, all positive. */
export interface Latencies {
  /** A write: request, admission, commit in etcd, response. */
  readonly apiWriteMs: Millis
  /** A read answered by the API server. */
  readonly apiReadMs: Millis
  /** Commit to a watcher's cache: control plane components, kubelets, kube-proxies. */
  readonly watchMs: Millis
  /** A controller's look at one key, before its writes. */
  readonly controllerSyncMs: Millis
  /** One scheduling cycle. */
  readonly schedulingCycleMs: Millis
  /** Event recorder to API server. */
  readonly eventMs: Millis
  /** Least time between two rewrites of a node's service tables. */
  readonly proxySyncPeriodMs: Millis
  /** One packet between two hosts. */
  readonly packetMs: Millis
}

export const DEFAULT_LATENCIES: Latencies = {
  apiWriteMs: 8,
  apiReadMs: 2,
  watchMs: 5,
  controllerSyncMs: 2,
  schedulingCycleMs: 6,
  eventMs: 15,
  proxySyncPeriodMs: 1000,
  packetMs: 1,
}
