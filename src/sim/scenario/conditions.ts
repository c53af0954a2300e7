import { Environment } from '@marcbachmann/cel-js'
import type { Kernel } from '../kernel/kernel.ts'
import { matchesSelector, parseSelector } from '../kubernetes/api/selectors.ts'
import type { AnyObject, Deployment, EndpointSlice, Event, Node, Pod, Service } from '../kubernetes/api/types.ts'
import type { Store } from '../kubernetes/etcd/store.ts'
import type { Traffic } from '../kubernetes/proxy/traffic.ts'

/** What conditions are about. */
export interface ConditionWorld {
  readonly kernel: Pick<Kernel, 'now'>
  readonly store: Pick<Store, 'scan' | 'get'>
  readonly traffic: Pick<Traffic, 'of'>
  /** Verbs of what the student did, in order: `kubectl.scale deployments`, `fault.HostPowerOff`, … */
  readonly actions: () => readonly string[]
}

class Pods {
  readonly items: readonly Pod[]
  constructor(items: readonly Pod[]) {
    this.items = items
  }
}
class Nodes {
  readonly items: readonly Node[]
  constructor(items: readonly Node[]) {
    this.items = items
  }
}
class DeploymentFacts {
  readonly object: Deployment | undefined
  constructor(object: Deployment | undefined) {
    this.object = object
  }
}
class ServiceFacts {
  readonly id: string
  constructor(id: string) {
    this.id = id
  }
}

export type Condition = () => unknown

export type CompiledCondition =
  { readonly ok: true; readonly type: string; readonly evaluate: Condition } | { readonly ok: false; readonly message: string }

const conditionTrue = (object: Pod | Node, type: string): boolean =>
  object.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false
const isTerminating = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined
const big = (value: number | undefined): bigint => BigInt(value ?? 0)

const qualified = (name: string): readonly [string, string] => {
  const slash = name.indexOf('/')
  return slash < 0 ? ['default', name] : [name.slice(0, slash), name.slice(slash + 1)]
}

/**
 * The language of checks, triggers and answers: CEL with functions over the recorded world. It can only look.
 *
 * `pods(selector)`, `pods()` → Pods: `.ready() .running() .pending() .terminating() .failed() .onNode(n) .size() .restarts() .names()` ·
 * `nodes()`, `nodes(selector)` → Nodes: `.ready() .notReady() .cordoned() .size()` · `deployment(name)`: `.exists() .replicas() .ready()
 * .available() .updated() .total() .complete() .revision()` · `service(name)`: `.okRatio() .requests() .failed() .endpoints()` · `event(reason)` how many ·
 * `exists(resource, name)` · `used(verb)`, `actions()` · `now()` seconds. Names may be `namespace/name`; alone they mean `default`.
 */
export class Conditions {
  readonly #environment: Environment

  constructor(world: ConditionWorld) {
    const { kernel, store, traffic } = world
    const select = <T extends AnyObject>(resource: string, selector: string): T[] => {
      const parsed = parseSelector(selector)
      if (!parsed.ok) throw new Error(`selector "${selector}": ${parsed.message}`)
      const found: T[] = []
      for (const object of store.scan(resource))
        if (matchesSelector(parsed.value, object.metadata.labels)) found.push(object as T)
      return found
    }
    const podsOf = (selector: string): Pods => new Pods(select('pods', selector) as unknown as Pod[])
    const nodesOf = (selector: string): Nodes => new Nodes(select('nodes', selector) as unknown as Node[])
    const filter = (pods: Pods, keep: (pod: Pod) => boolean): Pods => new Pods(pods.items.filter(keep))
    const environment = new Environment({
      limits: { maxAstNodes: 500, maxDepth: 40, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 8 },
    })
    environment.registerType('Pods', { ctor: Pods, fields: {} })
    environment.registerType('Nodes', { ctor: Nodes, fields: {} })
    environment.registerType('DeploymentFacts', { ctor: DeploymentFacts, fields: {} })
    environment.registerType('ServiceFacts', { ctor: ServiceFacts, fields: {} })
    const define = (signature: string, handler: (...args: never[]) => unknown): void => {
      environment.registerFunction(signature, handler as (...args: unknown[]) => unknown)
    }
    define('pods(): Pods', () => podsOf(''))
    define('pods(string): Pods', (selector: string) => podsOf(selector))
    define('Pods.ready(): Pods', (pods: Pods) => filter(pods, (pod) => conditionTrue(pod, 'Ready') && !isTerminating(pod)))
    define('Pods.running(): Pods', (pods: Pods) => filter(pods, (pod) => pod.status?.phase === 'Running' && !isTerminating(pod)))
    define('Pods.pending(): Pods', (pods: Pods) => filter(pods, (pod) => pod.status?.phase === 'Pending' && !isTerminating(pod)))
    define('Pods.failed(): Pods', (pods: Pods) => filter(pods, (pod) => pod.status?.phase === 'Failed'))
    define('Pods.terminating(): Pods', (pods: Pods) => filter(pods, isTerminating))
    define('Pods.onNode(string): Pods', (pods: Pods, node: string) => filter(pods, (pod) => pod.spec.nodeName === node))
    define('Pods.size(): int', (pods: Pods) => big(pods.items.length))
    define('Pods.names(): list', (pods: Pods) => pods.items.map(({ metadata }) => metadata.name))
    define('Pods.restarts(): int', (pods: Pods) =>
      big(
        pods.items.reduce(
          (sum, pod) => sum + (pod.status?.containerStatuses ?? []).reduce((count, status) => count + status.restartCount, 0),
          0,
        ),
      ),
    )
    define('nodes(): Nodes', () => nodesOf(''))
    define('nodes(string): Nodes', (selector: string) => nodesOf(selector))
    define('Nodes.ready(): Nodes', (nodes: Nodes) => new Nodes(nodes.items.filter((node) => conditionTrue(node, 'Ready'))))
    define('Nodes.notReady(): Nodes', (nodes: Nodes) => new Nodes(nodes.items.filter((node) => !conditionTrue(node, 'Ready'))))
    define('Nodes.cordoned(): Nodes', (nodes: Nodes) => new Nodes(nodes.items.filter((node) => node.spec.unschedulable === true)))
    define('Nodes.size(): int', (nodes: Nodes) => big(nodes.items.length))
    define('deployment(string): DeploymentFacts', (name: string) => {
      const [namespace, own] = qualified(name)
      return new DeploymentFacts(store.get('deployments.apps', namespace, own) as unknown as Deployment | undefined)
    })
    define('DeploymentFacts.exists(): bool', ({ object }: DeploymentFacts) => object !== undefined)
    define('DeploymentFacts.replicas(): int', ({ object }: DeploymentFacts) => big(object?.spec.replicas))
    define('DeploymentFacts.ready(): int', ({ object }: DeploymentFacts) => big(object?.status?.readyReplicas))
    define('DeploymentFacts.available(): int', ({ object }: DeploymentFacts) => big(object?.status?.availableReplicas))
    define('DeploymentFacts.updated(): int', ({ object }: DeploymentFacts) => big(object?.status?.updatedReplicas))
    define('DeploymentFacts.total(): int', ({ object }: DeploymentFacts) => big(object?.status?.replicas))
    define('DeploymentFacts.revision(): int', ({ object }: DeploymentFacts) =>
      big(Number(object?.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0)),
    )
    define('DeploymentFacts.complete(): bool', ({ object }: DeploymentFacts) => {
      const { spec, status, metadata } = object ?? {}
      const replicas = spec?.replicas ?? 1
      return (
        status?.observedGeneration !== undefined &&
        status.observedGeneration >= (metadata?.generation ?? 0) &&
        (status.updatedReplicas ?? 0) === replicas &&
        (status.replicas ?? 0) === replicas &&
        (status.availableReplicas ?? 0) === replicas
      )
    })
    define('service(string): ServiceFacts', (name: string) => new ServiceFacts(qualified(name).join('/')))
    define('ServiceFacts.requests(): int', ({ id }: ServiceFacts) =>
      big((traffic.of(id)?.ok ?? 0) + (traffic.of(id)?.failed ?? 0)),
    )
    define('ServiceFacts.failed(): int', ({ id }: ServiceFacts) => big(traffic.of(id)?.failed))
    define('ServiceFacts.okRatio(): double', ({ id }: ServiceFacts) => {
      // Over the last ten whole seconds, so that a repair shows and an old accident fades.
      const second = Math.floor(kernel.now / 1000)
      let ok = 0
      let failed = 0
      for (const bucket of traffic.of(id)?.buckets ?? []) {
        if (bucket.second < second - 10 || bucket.second >= second) continue
        ok += bucket.ok
        failed += bucket.failed
      }
      return ok + failed === 0 ? 1 : ok / (ok + failed)
    })
    define('ServiceFacts.endpoints(): int', ({ id }: ServiceFacts) => {
      const [namespace, name] = qualified(id)
      let ready = 0
      for (const slice of store.scan('endpointslices.discovery.k8s.io', namespace)) {
        if (slice.metadata.labels?.['kubernetes.io/service-name'] !== name) continue
        for (const endpoint of (slice as unknown as EndpointSlice).endpoints ?? [])
          if (endpoint.conditions?.ready !== false) ready += 1
      }
      return big(ready)
    })
    define('event(string): int', (reason: string) => {
      let count = 0
      for (const object of store.scan('events')) {
        const event = object as unknown as Event
        if (event.reason === reason) count += event.series?.count ?? event.count ?? 1
      }
      return big(count)
    })
    define('exists(string, string): bool', (resource: string, name: string) => {
      const [namespace, own] = qualified(name)
      return (store.get(resource, namespace, own) ?? store.get(resource, '', own)) !== undefined
    })
    define('clusterIP(string): string', (name: string) => {
      const [namespace, own] = qualified(name)
      return (store.get('services', namespace, own) as unknown as Service | undefined)?.spec.clusterIP ?? ''
    })
    define('used(string): bool', (verb: string) =>
      world.actions().some((action) => action === verb || action.startsWith(`${verb} `)),
    )
    define('actions(): int', () => big(world.actions().length))
    define('now(): int', () => big(Math.floor(kernel.now / 1000)))
    this.#environment = environment
  }

  /** For checking expressions where there is no world yet. */
  static ofNothing(): Conditions {
    return new Conditions({
      kernel: { now: 0 },
      store: { scan: () => [], get: () => undefined },
      traffic: { of: () => undefined },
      actions: () => [],
    })
  }

  compile(expression: string): CompiledCondition {
    try {
      const parsed = this.#environment.parse(expression)
      const check = parsed.check()
      if (!check.valid) return { ok: false, message: check.error?.message ?? 'does not type-check' }
      return { ok: true, type: check.type ?? 'dyn', evaluate: () => parsed({}) }
    } catch (error) {
      return { ok: false, message: error instanceof Error ? error.message : String(error) }
    }
  }
}
