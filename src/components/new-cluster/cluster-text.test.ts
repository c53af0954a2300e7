import { beforeAll, describe, expect, it } from 'vitest'
import { loadApiSchema } from '../../sim/kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../../sim/kubernetes/api/schema.ts'
import { parseScenario } from '../../sim/scenario/parse.ts'
import { World } from '../../sim/scenario/world.ts'
import { clusterText, DEFAULT_CLUSTER, LIMITS, type ClusterChoice } from './cluster-text.ts'

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

function nodesOf(choice: ClusterChoice): string {
  const { scenario, manifests } = parseScenario(clusterText(choice))
  const world = new World({ schema, scenario: scenario!, manifests })
  world.advanceTo(2000)
  const columns = 'NAME:.metadata.name,CPU:.status.capacity.cpu,MEMORY:.status.capacity.memory,ZONE:.metadata.labels.topology\\.kubernetes\\.io/zone'
  return world.act({ type: 'kubectl', line: `kubectl get nodes --no-headers -o custom-columns='${columns}'` }).stdout.replaceAll(/ +/g, ' ')
}

describe('a cluster from the form', () => {
  it.each<[string, Partial<ClusterChoice>, string]>([
    ['three nodes, as ever', {}, 'node-1 4 8Gi zone-a\nnode-2 4 8Gi zone-b\nnode-3 4 8Gi zone-c\n'],
    ['one large node', { nodes: 1, cpu: 64, memory: 256 }, 'node-1 64 256Gi zone-a\n'],
    ['two zones', { nodes: 3, zones: 2 }, 'node-1 4 8Gi zone-a\nnode-2 4 8Gi zone-b\nnode-3 4 8Gi zone-a\n'],
  ])('%s', (_name, choice, nodes) => {
    expect(nodesOf({ ...DEFAULT_CLUSTER, ...choice })).toBe(nodes)
  })

  it.each(Object.keys(LIMITS) as (keyof typeof LIMITS)[])('takes the least and the most of %s', (field) => {
    for (const value of LIMITS[field]) expect(parseScenario(clusterText({ ...DEFAULT_CLUSTER, [field]: value })).problems).toEqual([])
  })
})
