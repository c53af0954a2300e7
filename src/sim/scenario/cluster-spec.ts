import type { Image, ImageRegistry } from '../infrastructure/image-registry.ts'
import type { Latencies } from '../kernel/latencies.ts'
import { quantityMilliValue, quantityValue } from '../kubernetes/api/quantity.ts'
import { DEFAULT_NODES, type NodeSpec } from '../kubernetes/node-spec.ts'
import { durationMs } from './duration.ts'
import type { ScenarioSpec } from './schema.ts'

/** The machines that a scenario asks for. */
export function nodesOf(spec: ScenarioSpec | undefined): readonly NodeSpec[] {
  const groups = spec?.cluster?.nodes
  if (!groups) return DEFAULT_NODES
  const nodes: NodeSpec[] = []
  const several = groups.length > 1 || (groups[0]?.count ?? 1) > 1
  for (const group of groups) {
    for (let i = 0; i < (group.count ?? 1); i++) {
      const single = group.name !== undefined && (group.count ?? 1) === 1
      const zone = group.zones && group.zones.length > 0 ? group.zones[i % group.zones.length] : undefined
      nodes.push({
        name: single ? group.name! : `${group.name ?? 'node'}-${several || group.name ? (group.name ? i : nodes.length) + 1 : 1}`,
        capacity: {
          cpu: String(group.capacity?.cpu ?? '4'),
          memory: String(group.capacity?.memory ?? '8Gi'),
          'ephemeral-storage': String(group.capacity?.['ephemeral-storage'] ?? '100Gi'),
          pods: String(group.capacity?.pods ?? '110'),
        },
        labels: { ...(zone === undefined ? {} : { 'topology.kubernetes.io/zone': zone }), ...group.labels },
        ...(group.taints
          ? { taints: group.taints.map(({ key, value, effect }) => ({ key, effect, ...(value === undefined ? {} : { value }) })) }
          : {}),
      })
    }
  }
  return nodes
}

/** What a scenario says about images: sizes, start-up, memory, work for one request; the rest stays as the catalogue has it. */
export function describeImages(spec: ScenarioSpec | undefined, registry: ImageRegistry): void {
  for (const image of spec?.cluster?.images ?? []) {
    if (image.missing) registry.setMissing(image.name, true)
    if (image.size !== undefined) {
      const sizeBytes = quantityValue(String(image.size))
      const known: Image = registry.image(image.name)
      registry.define(image.name, { ...known, sizeBytes, pullMs: 1000 + Math.ceil(sizeBytes / 50_000) })
    }
    if (image.startup === undefined && image.memory === undefined && image.cpuPerRequest === undefined) continue
    registry.describe(image.name, {
      ...(image.startup === undefined ? {} : { startMs: durationMs(image.startup) }),
      ...(image.memory === undefined ? {} : { memoryBytes: quantityValue(String(image.memory)) }),
      // `5m` for one request: five thousandths of a core for a second.
      ...(image.cpuPerRequest === undefined
        ? {}
        : { milliCpuMsPerRequest: quantityMilliValue(String(image.cpuPerRequest)) * 1000 }),
    })
  }
}

/** `{watchMs: 200ms}` of a scenario as numbers. */
export function latenciesOf(spec: ScenarioSpec | undefined): Partial<Latencies> {
  const latencies: Record<string, number> = {}
  for (const [name, duration] of Object.entries(spec?.cluster?.latencies ?? {}))
    latencies[name] = Math.max(1, durationMs(duration))
  return latencies
}
