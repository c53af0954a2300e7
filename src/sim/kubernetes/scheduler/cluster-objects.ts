import type {
  AnyObject,
  ApiObject,
  LabelSelector,
  PersistentVolume,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  ReplicaSet,
  Service,
  StorageClass,
} from '../api/types.ts'

export interface CSINode extends ApiObject {
  readonly spec?: {
    readonly drivers?: readonly {
      readonly name: string
      readonly nodeID?: string
      readonly topologyKeys?: readonly string[] | null
      readonly allocatable?: { readonly count?: number }
    }[]
  }
}
export interface CSIDriver extends ApiObject {
  readonly spec?: { readonly storageCapacity?: boolean }
}
export interface CSIStorageCapacity extends ApiObject {
  readonly storageClassName: string
  readonly nodeTopology?: LabelSelector
  readonly capacity?: string
  readonly maximumVolumeSize?: string
}
export interface VolumeAttachment extends ApiObject {
  readonly spec?: {
    readonly attacher?: string
    readonly nodeName?: string
    readonly source?: { readonly persistentVolumeName?: string }
  }
}
/** v1: a plain map as selector. */
export interface ReplicationController extends ApiObject {
  readonly spec?: { readonly selector?: Readonly<Record<string, string>> }
}
export interface SelectorOwner extends ApiObject {
  readonly spec?: { readonly selector?: LabelSelector }
}

interface KindMap {
  readonly Namespace: ApiObject
  readonly Service: Service
  readonly ReplicationController: ReplicationController
  readonly ReplicaSet: ReplicaSet
  readonly StatefulSet: SelectorOwner
  readonly PodDisruptionBudget: PodDisruptionBudget
  readonly PersistentVolume: PersistentVolume
  readonly PersistentVolumeClaim: PersistentVolumeClaim
  readonly StorageClass: StorageClass
  readonly CSINode: CSINode
  readonly CSIDriver: CSIDriver
  readonly CSIStorageCapacity: CSIStorageCapacity
  readonly VolumeAttachment: VolumeAttachment
}
/** What the scheduler watches besides Nodes and Pods. */
export type ListedKind = keyof KindMap

const LISTED_KINDS: Readonly<Record<ListedKind, true>> = {
  Namespace: true,
  Service: true,
  ReplicationController: true,
  ReplicaSet: true,
  StatefulSet: true,
  PodDisruptionBudget: true,
  PersistentVolume: true,
  PersistentVolumeClaim: true,
  StorageClass: true,
  CSINode: true,
  CSIDriver: true,
  CSIStorageCapacity: true,
  VolumeAttachment: true,
}

const keyOf = (namespace: string | undefined, name: string): string => (namespace ? `${namespace}/${name}` : name)

/** Listers: the latest of every object, in the order in which they appeared. */
export class ClusterObjects {
  readonly #byKind = new Map<string, Map<string, ApiObject>>()
  /** Changes with every change. */
  version = 0
  /** The same, per kind. */
  readonly #versions = new Map<string, number>()

  static isListed(kind: string): kind is ListedKind {
    return Object.hasOwn(LISTED_KINDS, kind)
  }

  versionOf(kind: ListedKind): number {
    return this.#versions.get(kind) ?? 0
  }

  set(object: ApiObject): void {
    let objects = this.#byKind.get(object.kind)
    if (!objects) this.#byKind.set(object.kind, (objects = new Map()))
    objects.set(keyOf(object.metadata.namespace, object.metadata.name), object)
    this.#touch(object.kind)
  }

  delete(object: ApiObject): void {
    this.#byKind.get(object.kind)?.delete(keyOf(object.metadata.namespace, object.metadata.name))
    this.#touch(object.kind)
  }

  get<K extends ListedKind>(kind: K, name: string, namespace?: string): KindMap[K] | undefined {
    return this.#byKind.get(kind)?.get(keyOf(namespace, name)) as KindMap[K] | undefined
  }

  list<K extends ListedKind>(kind: K, namespace?: string): KindMap[K][] {
    const all = [...(this.#byKind.get(kind)?.values() ?? [])] as KindMap[K][]
    return namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace)
  }

  all(): readonly AnyObject[] {
    return [...this.#byKind.values()].flatMap((objects) => [...objects.values()] as AnyObject[])
  }

  #touch(kind: string): void {
    this.version += 1
    this.#versions.set(kind, this.version)
  }
}
