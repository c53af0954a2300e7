import { beforeAll, describe, expect, test } from 'vitest'
import type { FieldWords } from './field-words.ts'
import { loadFieldWords } from './load-field-words.ts'
import { loadApiSchema } from './load-schema.ts'
import { fieldsOf, structOf } from './schema-fields.ts'
import type { ApiSchema, StructSchema } from './schema.ts'

let schema: ApiSchema
let words: FieldWords
beforeAll(async () => {
  schema = await loadApiSchema()
  words = await loadFieldWords()
})

function structsBelow(struct: StructSchema, found = new Set<StructSchema>()): ReadonlySet<StructSchema> {
  if (found.has(struct)) return found
  found.add(struct)
  for (const { type } of struct.fields.values()) {
    const inner = structOf(type)
    if (inner) structsBelow(inner, found)
  }
  return found
}

describe('every field has words in both languages', () => {
  test.each([
    ['v1', 'Pod'],
    ['v1', 'Node'],
    ['v1', 'Namespace'],
    ['v1', 'Service'],
    ['v1', 'ConfigMap'],
    ['v1', 'Secret'],
    ['v1', 'ServiceAccount'],
    ['v1', 'Event'],
    ['v1', 'PersistentVolumeClaim'],
    ['v1', 'PersistentVolume'],
    ['v1', 'ResourceQuota'],
    ['v1', 'LimitRange'],
    ['apps/v1', 'Deployment'],
    ['apps/v1', 'ReplicaSet'],
    ['apps/v1', 'StatefulSet'],
    ['apps/v1', 'DaemonSet'],
    ['batch/v1', 'Job'],
    ['batch/v1', 'CronJob'],
    ['autoscaling/v2', 'HorizontalPodAutoscaler'],
    ['policy/v1', 'PodDisruptionBudget'],
    ['networking.k8s.io/v1', 'Ingress'],
    ['networking.k8s.io/v1', 'NetworkPolicy'],
    ['discovery.k8s.io/v1', 'EndpointSlice'],
    ['storage.k8s.io/v1', 'StorageClass'],
    ['scheduling.k8s.io/v1', 'PriorityClass'],
    ['coordination.k8s.io/v1', 'Lease'],
    ['rbac.authorization.k8s.io/v1', 'Role'],
    ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ])('%s %s', (apiVersion, kind) => {
    const root = schema.kind(apiVersion, kind)!
    const missing: string[] = []
    for (const struct of structsBelow(root))
      for (const field of fieldsOf(struct)) {
        words.language = 'en'
        const english = words.ofField(struct, field) ?? ''
        words.language = 'ko'
        const korean = words.ofField(struct, field) ?? ''
        if (!/^[\x20-\x7e–—“”’…−×≤≥]{10,}$/.test(english) || !/[가-힣]/.test(korean))
          missing.push(`${struct.goType}.${field.name}: ${english} | ${korean}`)
      }
    expect(missing).toEqual([])
  })
})
