/** What one container used, as the metrics API reports it. */
export interface ContainerUsage {
  readonly cpuMilli: number
  readonly memoryBytes: number
}

/** One `PodMetrics` of `metrics.k8s.io`. */
export interface PodSample {
  /** Unix milliseconds at which it was measured. */
  readonly unixMs: number
  /** The usage is the average over so long. */
  readonly windowMs: number
  readonly containers: ReadonlyMap<string, ContainerUsage>
}

/** The resource metrics API: the newest sample of a pod, or undefined while there is none. */
export type ResourceMetrics = (namespace: string, pod: string) => PodSample | undefined
