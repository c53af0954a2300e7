import type { ApiObject, Node, Pod } from '../api/types.ts'
import { assert } from '../../kernel/assert.ts'
import { ClusterObjects } from './cluster-objects.ts'
import { NodeInfo } from './node-info.ts'
import { NodeTree } from './node-tree.ts'
import { isFinished, podKey, PodReader, type PodInfo } from './pod-info.ts'
import { DEFAULT_RELEASE, type ReleaseBehaviour } from './releases.ts'
import { TopologyIndex } from './topology-index.ts'

export interface ImageState {
  /** As the first node that has it reported. */
  readonly sizeBytes: number
  readonly nodes: Set<string>
}

interface Placed {
  readonly info: PodInfo
  readonly node: string
  readonly isAssumed: boolean
}

/** Plain data from which the same cache can be built again. */
export interface CacheSnapshot {
  readonly nodes: readonly Node[]
  readonly pods: readonly { readonly pod: Pod; readonly node: string; readonly isAssumed: boolean }[]
  readonly nominated: readonly { readonly pod: Pod; readonly node: string }[]
  readonly objects: readonly ApiObject[]
  readonly assumedObjects: readonly ApiObject[]
  readonly imageSizes: readonly (readonly [image: string, sizeBytes: number])[]
  readonly nextStart: number
}

const EMPTY_PODS: readonly PodInfo[] = []

/**
 * What the scheduler believes about the cluster: nodes with the pods on them (bound or assumed), nominations, and the other objects
 * that plugins read. Sums and topology counts follow every change, so a cycle starts at once, on 5,000 nodes as on five.
 * Models pkg/scheduler/backend/cache and the nominator of backend/queue (v1.35).
 */
export class ClusterCache {
  readonly release: ReleaseBehaviour
  readonly reader: PodReader
  readonly objects = new ClusterObjects()
  readonly topology: TopologyIndex
  /** Where the next search begins. */
  nextStart = 0
  /** Changes with every change that a decision may depend on. */
  generation = 0
  /** Changes when images on nodes, or the number of nodes, change. */
  imagesVersion = 0

  readonly #nodes = new Map<string, NodeInfo>()
  readonly #tree = new NodeTree()
  #list: readonly NodeInfo[] | undefined
  #names: readonly string[] | undefined
  readonly #freeSlots: number[] = []
  #slots = 0
  readonly #pods = new Map<string, Placed>()
  readonly #nominated = new Map<string, PodInfo[]>()
  readonly #nominatedNode = new Map<string, string>()
  readonly #images = new Map<string, ImageState>()
  /** `namespace/claim` → pods on nodes that use it. */
  readonly #claimUsers = new Map<string, number>()
  readonly #namespaces = new Map<string, Readonly<Record<string, string>>>()
  readonly #assumedObjects = new Map<string, ApiObject>()

  constructor(release: ReleaseBehaviour = DEFAULT_RELEASE) {
    this.release = release
    this.reader = new PodReader(release)
    this.topology = new TopologyIndex(
      () => this.nodes,
      () => this.#slots,
    )
  }

  // Nodes -----------------------------------------------------------------------------------------------------------

  /** All nodes in the order of the node tree. */
  get nodes(): readonly NodeInfo[] {
    if (!this.#list) {
      this.#list = this.#tree.order().map((name) => this.#nodes.get(name)!)
      this.#names = undefined
    }
    return this.#list
  }

  /** Their names, in the same order. */
  get nodeNames(): readonly string[] {
    const { nodes } = this
    return (this.#names ??= nodes.map(({ name }) => name))
  }

  node(name: string): NodeInfo | undefined {
    const info = this.#nodes.get(name)
    return info?.node ? info : undefined
  }

  setNode(node: Node): void {
    const { name } = node.metadata
    const info = this.#nodeInfo(name)
    const before = info.node
    if (this.#tree.set(node)) this.#list = undefined
    info.setNode(node)
    this.#touch(info)
    if (!before || !sameImages(before, node)) {
      if (before) this.#forgetImages(before)
      this.#addImages(node)
      this.imagesVersion += 1
    }
    if (!before || !sameTopology(before, node)) this.topology.forgetViews()
  }

  removeNode(name: string): void {
    const info = this.#nodes.get(name)
    if (!info?.node) return
    this.#forgetImages(info.node)
    this.#tree.remove(name)
    this.#list = undefined
    info.setNode(undefined)
    this.#touch(info)
    if (info.pods.length === 0) this.#dropNode(info)
    this.imagesVersion += 1
    this.topology.forgetViews()
  }

  #nodeInfo(name: string): NodeInfo {
    let info = this.#nodes.get(name)
    if (!info) {
      info = new NodeInfo(name, this.#freeSlots.pop() ?? this.#slots++)
      this.#nodes.set(name, info)
      this.topology.forgetViews()
    }
    return info
  }

  #dropNode(info: NodeInfo): void {
    this.#nodes.delete(info.name)
    this.#freeSlots.push(info.slot)
  }

  #touch(info: NodeInfo): void {
    info.generation = this.generation += 1
  }

  /** How many slots there are: every `NodeInfo.slot` is below. */
  get slots(): number {
    return this.#slots
  }

  // Pods ------------------------------------------------------------------------------------------------------------

  /**
   * A pod on a node, as the API server has it; confirms an assumed one. Finished pods count no more: the scheduler's watch does not
   * show them, so whoever brings them in by another way (`countsFinished`) is believed.
   */
  setPod(pod: Pod, { countsFinished = false }: { readonly countsFinished?: boolean } = {}): void {
    const key = podKey(pod)
    const node = pod.spec.nodeName
    if (!node || (isFinished(pod) && !countsFinished)) {
      this.removePod(key)
      return
    }
    const placed = this.#pods.get(key)
    const info = this.reader.read(pod)
    if (placed?.node === node && placed.info.shape === info.shape && placed.info.isTerminating === info.isTerminating) {
      // Nothing that counts has changed: keep the place in the node's list.
      const holder = this.#nodes.get(node)!
      holder.pods[holder.pods.findIndex((other) => other.key === key)] = info
      this.#touch(holder)
      this.#pods.set(key, { info, node, isAssumed: false })
      this.unnominate(key)
      return
    }
    if (placed) this.#unplace(placed)
    this.#place(info, node, false)
    this.unnominate(key)
  }

  removePod(key: string): void {
    const placed = this.#pods.get(key)
    if (placed) this.#unplace(placed)
    this.unnominate(key)
  }

  /** The decision has fallen: the pod counts on the node before its binding is written. */
  assume(pod: PodInfo, node: string): void {
    assert(!this.#pods.has(pod.key), 'a pod is assumed once', pod.key)
    this.unnominate(pod.key)
    this.#place(pod, node, true)
  }

  /** The binding failed. */
  forget(key: string): void {
    const placed = this.#pods.get(key)
    if (placed?.isAssumed) this.#unplace(placed)
  }

  isAssumed(key: string): boolean {
    return this.#pods.get(key)?.isAssumed ?? false
  }

  pod(key: string): PodInfo | undefined {
    return this.#pods.get(key)?.info
  }

  #place(info: PodInfo, nodeName: string, isAssumed: boolean): void {
    const node = this.#nodeInfo(nodeName)
    node.addPod(info)
    this.#touch(node)
    this.#pods.set(info.key, { info, node: nodeName, isAssumed })
    this.topology.add(info, node.slot)
    this.#countClaims(info, 1)
  }

  #unplace({ info, node: nodeName }: Placed): void {
    const node = this.#nodes.get(nodeName)!
    node.removePod(info)
    this.#touch(node)
    this.#pods.delete(info.key)
    this.topology.remove(info, node.slot)
    this.#countClaims(info, -1)
    if (!node.node && node.pods.length === 0) this.#dropNode(node)
  }

  #countClaims({ pod, shape }: PodInfo, sign: 1 | -1): void {
    for (const { persistentVolumeClaim } of pod.spec.volumes ?? []) {
      if (!persistentVolumeClaim) continue
      const key = `${shape.namespace}/${persistentVolumeClaim.claimName}`
      this.#claimUsers.set(key, (this.#claimUsers.get(key) ?? 0) + sign)
    }
  }

  claimUsers(namespace: string, claim: string): number {
    return this.#claimUsers.get(`${namespace}/${claim}`) ?? 0
  }

  // Nominations -----------------------------------------------------------------------------------------------------

  /** Pods nominated to a node, oldest nomination first. */
  nominatedTo(node: string): readonly PodInfo[] {
    return this.#nominated.get(node) ?? EMPTY_PODS
  }

  get hasNominations(): boolean {
    return this.#nominatedNode.size > 0
  }

  nominate(pod: PodInfo, node: string): void {
    this.unnominate(pod.key)
    this.#nominatedNode.set(pod.key, node)
    const pods = this.#nominated.get(node)
    if (pods) pods.push(pod)
    else this.#nominated.set(node, [pod])
    this.generation += 1
  }

  unnominate(key: string): void {
    const node = this.#nominatedNode.get(key)
    if (node === undefined) return
    this.#nominatedNode.delete(key)
    const rest = this.#nominated.get(node)!.filter((pod) => pod.key !== key)
    if (rest.length > 0) this.#nominated.set(node, rest)
    else this.#nominated.delete(node)
    this.generation += 1
  }

  // Other objects ---------------------------------------------------------------------------------------------------

  setObject(object: ApiObject): void {
    this.#assumedObjects.delete(`${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`)
    this.objects.set(object)
    this.generation += 1
    if (object.kind !== 'Namespace') return
    const labels = object.metadata.labels ?? {}
    const before = this.#namespaces.get(object.metadata.name)
    this.#namespaces.set(object.metadata.name, labels)
    if (!before || JSON.stringify(before) !== JSON.stringify(labels)) this.#namespacesChanged()
  }

  removeObject(object: ApiObject): void {
    this.#assumedObjects.delete(`${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`)
    this.objects.delete(object)
    this.generation += 1
    if (object.kind === 'Namespace' && this.#namespaces.delete(object.metadata.name)) this.#namespacesChanged()
  }

  #namespacesChanged(): void {
    this.namespacesVersion += 1
    this.topology.forgetCounters()
  }

  /** Changes with the set of namespaces and their labels. */
  namespacesVersion = 0

  /** Labels of the namespaces that exist. */
  get namespaces(): ReadonlyMap<string, Readonly<Record<string, string>>> {
    return this.#namespaces
  }

  readonly namespaceLabels = (namespace: string): Readonly<Record<string, string>> | undefined => this.#namespaces.get(namespace)

  /** A volume or claim as it will be once our write has arrived. */
  assumeObject(object: ApiObject): void {
    const before = this.objects.get(object.kind as 'PersistentVolume', object.metadata.name, object.metadata.namespace)
    if (before) this.#assumedObjects.set(`${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`, before)
    this.objects.set(object)
    this.generation += 1
  }

  /** The write failed, or is not wanted any more. */
  forgetObject(object: ApiObject): void {
    const key = `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`
    const before = this.#assumedObjects.get(key)
    if (!before) return
    this.#assumedObjects.delete(key)
    this.objects.set(before)
    this.generation += 1
  }

  image(name: string): ImageState | undefined {
    return this.#images.get(name)
  }

  #addImages(node: Node): void {
    for (const { names = [], sizeBytes = 0 } of node.status?.images ?? [])
      for (const name of names) {
        const state = this.#images.get(name)
        if (state) state.nodes.add(node.metadata.name)
        else this.#images.set(name, { sizeBytes, nodes: new Set([node.metadata.name]) })
      }
  }

  #forgetImages(node: Node): void {
    for (const { names = [] } of node.status?.images ?? [])
      for (const name of names) {
        const state = this.#images.get(name)
        if (!state) continue
        state.nodes.delete(node.metadata.name)
        if (state.nodes.size === 0) this.#images.delete(name)
      }
  }

  // Snapshots -------------------------------------------------------------------------------------------------------

  snapshot(): CacheSnapshot {
    const pods: { pod: Pod; node: string; isAssumed: boolean }[] = []
    for (const info of this.#nodes.values())
      for (const { key, pod } of info.pods) pods.push({ pod, node: info.name, isAssumed: this.isAssumed(key) })
    return {
      nodes: this.#tree.insertionOrder().map((name) => this.#nodes.get(name)!.node!),
      pods,
      nominated: [...this.#nominated].flatMap(([node, infos]) => infos.map(({ pod }) => ({ pod, node }))),
      objects: this.objects.all(),
      assumedObjects: [...this.#assumedObjects.values()],
      imageSizes: [...this.#images].map(([image, { sizeBytes }]) => [image, sizeBytes]),
      nextStart: this.nextStart,
    }
  }

  static restore(snapshot: CacheSnapshot, release: ReleaseBehaviour = DEFAULT_RELEASE): ClusterCache {
    const cache = new ClusterCache(release)
    for (const object of snapshot.objects) cache.setObject(object)
    for (const object of snapshot.assumedObjects)
      cache.#assumedObjects.set(`${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`, object)
    for (const node of snapshot.nodes) cache.setNode(node)
    for (const [image, sizeBytes] of snapshot.imageSizes)
      cache.#images.set(image, { sizeBytes, nodes: cache.#images.get(image)!.nodes })
    for (const { pod, node, isAssumed } of snapshot.pods) cache.#place(cache.reader.read(pod), node, isAssumed)
    for (const { pod, node } of snapshot.nominated) cache.nominate(cache.reader.read(pod), node)
    cache.nextStart = snapshot.nextStart
    return cache
  }
}

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

const sameImages = (a: Node, b: Node): boolean => same(a.status?.images, b.status?.images)

const sameTopology = (a: Node, b: Node): boolean =>
  same(a.metadata.labels, b.metadata.labels) &&
  same(a.spec?.taints, b.spec?.taints) &&
  (a.spec?.unschedulable ?? false) === (b.spec?.unschedulable ?? false)
