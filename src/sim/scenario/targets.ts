import type { Rng } from '../kernel/rng.ts'
import type { Node, Pod } from '../kubernetes/api/types.ts'
import type { Store } from '../kubernetes/etcd/store.ts'
import type { FaultTarget } from './action.ts'
import type { FaultSpec } from './schema.ts'

const matches = (labels: Readonly<Record<string, string>> | undefined, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([key, value]) => labels?.[key] === value)

const byName = <T extends { readonly metadata: { readonly name: string; readonly namespace?: string } }>(a: T, b: T): number => {
  const left = `${a.metadata.namespace ?? ''}/${a.metadata.name}`
  const right = `${b.metadata.namespace ?? ''}/${b.metadata.name}`
  return left < right ? -1 : left > right ? 1 : 0
}

function candidatePods(store: Store, where: FaultSpec['where']): readonly Pod[] {
  const pods = [...store.scan('pods')] as unknown as Pod[]
  return pods
    .filter((pod) => {
      if (pod.metadata.deletionTimestamp !== undefined || !pod.spec.nodeName) return false
      if (
        where?.pod !== undefined &&
        where.pod !== pod.metadata.name &&
        where.pod !== `${pod.metadata.namespace}/${pod.metadata.name}`
      )
        return false
      if (where?.pods && !matches(pod.metadata.labels, where.pods)) return false
      if (where?.node !== undefined && pod.spec.nodeName !== where.node) return false
      if (where?.owner !== undefined && !ownedBy(store, pod, where.owner)) return false
      return true
    })
    .sort(byName)
}

/** `deployment/web` owns a Pod through its ReplicaSet. */
function ownedBy(store: Store, pod: Pod, owner: string): boolean {
  const [kind, name] = owner.split('/')
  const reference = pod.metadata.ownerReferences?.find(({ controller }) => controller)
  if (!reference) return false
  if (reference.kind.toLowerCase() === kind && reference.name === name) return true
  const set = store.get('replicasets.apps', pod.metadata.namespace ?? '', reference.name)
  return set?.metadata.ownerReferences?.some((above) => above.kind.toLowerCase() === kind && above.name === name) ?? false
}

function candidateNodes(store: Store, where: FaultSpec['where']): readonly string[] {
  const hosting = where?.hosting
  const occupied = hosting ? new Set(candidatePods(store, { pods: hosting }).map((pod) => pod.spec.nodeName)) : undefined
  return ([...store.scan('nodes')] as unknown as Node[])
    .filter(({ metadata }) => {
      if (where?.node !== undefined && metadata.name !== where.node) return false
      if (where?.zone !== undefined && metadata.labels?.['topology.kubernetes.io/zone'] !== where.zone) return false
      return occupied === undefined || occupied.has(metadata.name)
    })
    .sort(byName)
    .map(({ metadata }) => metadata.name)
}

/** Draws how many of the candidates are hit; by default one. */
function pick<T>(candidates: readonly T[], how: FaultSpec['pick'], rng: Rng): readonly T[] {
  const wanted =
    how === 'all'
      ? candidates.length
      : typeof how === 'number'
        ? how
        : typeof how === 'string' && how.endsWith('%')
          ? Math.ceil((candidates.length * Number(how.slice(0, -1))) / 100)
          : 1
  const left = candidates.slice()
  const picked: T[] = []
  while (picked.length < wanted && left.length > 0) picked.push(left.splice(rng.int(left.length), 1)[0]!)
  return picked
}

/** Whom a fault of a scenario hits now. */
export function targetsOf(fault: FaultSpec, store: Store, rng: Rng): readonly FaultTarget[] {
  switch (fault.kind) {
    case 'HostPowerOff':
      return pick(candidateNodes(store, fault.where), fault.pick, rng).map((host) => ({ host }))
    case 'LinkDown':
      return fault.between
        ? [{ between: fault.between }]
        : pick(candidateNodes(store, fault.where), fault.pick, rng).map((host) => ({ host }))
    case 'ProcessStop': {
      const process = fault.process ?? 'kubelet'
      return process === 'kubelet' || process === 'kube-proxy'
        ? pick(candidateNodes(store, fault.where), fault.pick, rng).map((node) => ({ process: `${process}/${node}` }))
        : [{ process }]
    }
    case 'ContainerExit':
    case 'ContainerHang':
    case 'MemoryLeak':
      return pick(candidatePods(store, fault.where), fault.pick, rng).map(({ metadata }) => ({
        pod: `${metadata.namespace}/${metadata.name}`,
        ...(fault.container === undefined ? {} : { container: fault.container }),
        ...(fault.code === undefined ? {} : { exitCode: fault.code }),
        ...(fault.rate === undefined ? {} : { megabytesPerSecond: Number.parseInt(String(fault.rate), 10) || 1 }),
      }))
    case 'ImageMissing':
      return fault.where?.image === undefined ? [] : [{ image: fault.where.image }]
  }
}
