import { Component } from '../../kernel/component.ts'
import type { Millis } from '../../kernel/time.ts'
import type { EndpointSlice, Service } from '../api/types.ts'
import { type Change, Informers } from '../apiserver/informer.ts'
import type { ClusterContext } from '../cluster.ts'
import { type ServiceTable, serviceTable } from './service-table.ts'

const RELIST_MS = 1000
/** From noticing a change to rules in the kernel, when no sync happened lately. */
const FIRST_SYNC_MS = 20

interface ProxyState {
  readonly tables: ReadonlyMap<string, ServiceTable>
  readonly changed: ReadonlySet<string>
  readonly syncedAt: Millis
  readonly syncing: boolean
  readonly informers: unknown
}

const serviceOf = (slice: EndpointSlice): string =>
  `${slice.metadata.namespace ?? ''}/${slice.metadata.labels?.['kubernetes.io/service-name'] ?? ''}`

/**
 * Programs one node's rules from Services and EndpointSlices, at most once a second. The rules live in the kernel: they outlast the
 * process and go with the host's power. Models pkg/proxy, iptables mode.
 */
export class KubeProxy extends Component {
  readonly node: string
  readonly #context: ClusterContext
  readonly #informers: Informers
  #tables = new Map<string, ServiceTable>()
  #changed = new Set<string>()
  #syncedAt: Millis = Number.MIN_SAFE_INTEGER
  #syncing = false
  #bootId = ''

  constructor(context: ClusterContext, node: string) {
    super(context.kernel, `kube-proxy/${node}`)
    this.node = node
    this.#context = context
    this.#informers = new Informers({
      kernel: context.kernel,
      hub: context.hub,
      store: context.store,
      name: this.name,
      host: node,
      resources: ['endpointslices.discovery.k8s.io', 'services'],
      indexes: { 'endpointslices.discovery.k8s.io': { service: (slice) => [serviceOf(slice as unknown as EndpointSlice)] } },
      onChange: (change) => this.#noticed(change),
      onBroken: () => {
        if (this.isRunning) this.after(RELIST_MS, 'relist')
      },
    })
  }

  /** The rules in force, whether or not the process runs; none while the host has no power. */
  get tables(): ReadonlyMap<string, ServiceTable> {
    return this.#tables
  }

  /** Services whose latest change has not been programmed yet. */
  get pending(): ReadonlySet<string> {
    return this.#changed
  }

  protected onStart(): void {
    const bootId = this.#context.network.host(this.node)?.bootId ?? ''
    if (bootId !== this.#bootId) this.#tables = new Map()
    this.#bootId = bootId
    this.#syncedAt = Number.MIN_SAFE_INTEGER
    this.#syncing = false
    for (const id of this.#tables.keys()) this.#changed.add(id)
    if (!this.#informers.start()) this.after(RELIST_MS, 'relist')
  }

  protected onStop(): void {
    this.#informers.stop()
    this.#changed = new Set()
    this.#syncing = false
    if (!this.#context.network.host(this.node)?.poweredOn) this.#tables = new Map()
  }

  protected handle(kind: string): void {
    if (kind === 'relist') {
      if (!this.#informers.resync()) this.after(RELIST_MS, 'relist')
      return
    }
    this.#syncing = false
    this.#syncedAt = this.kernel.now
    for (const id of this.#changed) this.#program(id)
    this.#changed = new Set()
  }

  #noticed(change: Change): void {
    const { object, resource } = change
    const id =
      resource === 'services'
        ? `${object.metadata.namespace ?? ''}/${object.metadata.name}`
        : serviceOf(object as unknown as EndpointSlice)
    this.#changed.add(id)
    if (this.#syncing) return
    this.#syncing = true
    const earliest = this.#syncedAt + this.#context.latencies.proxySyncPeriodMs - this.kernel.now
    this.after(Math.max(FIRST_SYNC_MS, earliest), 'sync')
  }

  #program(id: string): void {
    const slash = id.indexOf('/')
    const service = this.#informers.get('services', id.slice(0, slash), id.slice(slash + 1)) as unknown as Service | undefined
    const slices = [...this.#informers.byIndex('endpointslices.discovery.k8s.io', 'service', id)] as unknown as EndpointSlice[]
    const table = service && serviceTable(service, slices)
    if (table) this.#tables.set(id, table)
    else this.#tables.delete(id)
  }

  protected save(): ProxyState & { readonly bootId: string } {
    return {
      tables: new Map(this.#tables),
      changed: new Set(this.#changed),
      syncedAt: this.#syncedAt,
      syncing: this.#syncing,
      informers: this.#informers.snapshot(),
      bootId: this.#bootId,
    }
  }

  protected load(state: unknown): void {
    const saved = state as ProxyState & { readonly bootId: string }
    this.#tables = new Map(saved.tables)
    this.#changed = new Set(saved.changed)
    this.#syncedAt = saved.syncedAt
    this.#syncing = saved.syncing
    this.#bootId = saved.bootId
    this.#informers.restore(saved.informers as Parameters<Informers['restore']>[0])
  }
}
