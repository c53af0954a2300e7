import type { ContainerRuntime } from '../../infrastructure/container-runtime.ts'
import { CONTROL_PLANE_HOST, type Network } from '../../infrastructure/network.ts'
import { Component } from '../../kernel/component.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Millis } from '../../kernel/time.ts'
import type { ContainerUsage, PodSample } from '../controllers/resource-metrics.ts'

/** `--metric-resolution` of metrics-server. */
const SCRAPE_MS: Millis = 15_000

/**
 * Asks every node's kubelet for its containers' usage and keeps the newest sample of each Pod: what the autoscaler sees is up to 15 s
 * old, and that of a node out of reach is missing. Models metrics-server.
 * Simplified: a sample is the usage at the moment of the scrape, not the average since the one before; all nodes are asked at once.
 */
export class MetricsServer extends Component {
  readonly #network: Network
  readonly #runtimes: readonly ContainerRuntime[]
  /** By namespace and name; replaced as a whole, never changed. */
  #samples: ReadonlyMap<string, PodSample> = new Map()

  constructor(kernel: Kernel, network: Network, runtimes: readonly ContainerRuntime[]) {
    super(kernel, 'metrics-server')
    this.#network = network
    this.#runtimes = runtimes
  }

  sample(namespace: string, pod: string): PodSample | undefined {
    return this.#samples.get(`${namespace}/${pod}`)
  }

  protected onStart(): void {
    this.after(SCRAPE_MS, 'scrape', null, 0)
  }

  protected onStop(): void {
    this.#samples = new Map()
  }

  protected handle(): void {
    this.after(SCRAPE_MS, 'scrape', null, 0)
    const pods = new Map<string, Map<string, ContainerUsage>>()
    for (const runtime of this.#runtimes) {
      if (!this.#network.canReach(CONTROL_PLANE_HOST, runtime.host)) continue
      for (const container of runtime.containers()) {
        if (container.state !== 'running') continue
        const key = `${container.pod.namespace}/${container.pod.name}`
        let containers = pods.get(key)
        if (!containers) pods.set(key, (containers = new Map()))
        containers.set(container.name, { cpuMilli: runtime.milliCpu(container), memoryBytes: runtime.memoryBytes(container) })
      }
    }
    const { unixMs } = this.kernel
    this.#samples = new Map([...pods].map(([key, containers]) => [key, { unixMs, windowMs: SCRAPE_MS, containers }]))
  }

  protected save(): unknown {
    return this.#samples
  }

  protected load(state: unknown): void {
    this.#samples = state as ReadonlyMap<string, PodSample>
  }
}
