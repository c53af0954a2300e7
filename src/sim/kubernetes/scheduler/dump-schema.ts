import * as z from 'zod/mini'
import { parseQuantity } from '../api/quantity.ts'
import type { AnyObject } from '../api/types.ts'

/** Something in an object that the API server would refuse, and that the scheduler cannot read. */
export interface DumpProblem {
  readonly path: readonly (string | number)[]
  readonly expected: string
  readonly received: string
}

const quantity = z
  .union([z.string(), z.number()])
  .check(z.refine((value) => parseQuantity(value) !== undefined, { params: { expected: 'a quantity such as "500m" or "2Gi"' } }))
const amounts = z.optional(z.record(z.string(), quantity))
const labels = z.optional(z.record(z.string(), z.string()))
const texts = z.optional(z.array(z.string()))
const requirement = z.looseObject({ key: z.string(), operator: z.string(), values: texts })
const selector = z.optional(z.looseObject({ matchLabels: labels, matchExpressions: z.optional(z.array(requirement)) }))
const nodeTerm = z.looseObject({
  matchExpressions: z.optional(z.array(requirement)),
  matchFields: z.optional(z.array(requirement)),
})
const nodeSelector = z.looseObject({ nodeSelectorTerms: z.array(nodeTerm) })

const metadata = z.looseObject({
  name: z.string(),
  namespace: z.optional(z.string()),
  labels,
  annotations: labels,
  ownerReferences: z.optional(z.array(z.looseObject({ apiVersion: z.string(), kind: z.string(), name: z.string() }))),
})

const container = z.looseObject({
  name: z.optional(z.string()),
  image: z.optional(z.string()),
  resources: z.optional(z.looseObject({ requests: amounts, limits: amounts })),
  ports: z.optional(
    z.array(
      z.looseObject({
        containerPort: z.optional(z.number()),
        hostPort: z.optional(z.number()),
        hostIP: z.optional(z.string()),
        protocol: z.optional(z.string()),
      }),
    ),
  ),
  restartPolicy: z.optional(z.string()),
})

const podTerm = z.looseObject({
  topologyKey: z.string(),
  labelSelector: selector,
  namespaces: texts,
  namespaceSelector: selector,
  matchLabelKeys: texts,
  mismatchLabelKeys: texts,
})
const podAffinity = z.optional(
  z.looseObject({
    requiredDuringSchedulingIgnoredDuringExecution: z.optional(z.array(podTerm)),
    preferredDuringSchedulingIgnoredDuringExecution: z.optional(
      z.array(z.looseObject({ weight: z.number(), podAffinityTerm: podTerm })),
    ),
  }),
)

const pod = z.looseObject({
  spec: z.looseObject({
    nodeName: z.optional(z.string()),
    schedulerName: z.optional(z.string()),
    priority: z.optional(z.int()),
    priorityClassName: z.optional(z.string()),
    containers: z.array(container),
    initContainers: z.optional(z.array(container)),
    overhead: amounts,
    resources: z.optional(z.looseObject({ requests: amounts, limits: amounts })),
    nodeSelector: labels,
    tolerations: z.optional(
      z.array(
        z.looseObject({
          key: z.optional(z.string()),
          operator: z.optional(z.string()),
          value: z.optional(z.string()),
          effect: z.optional(z.string()),
        }),
      ),
    ),
    affinity: z.optional(
      z.looseObject({
        nodeAffinity: z.optional(
          z.looseObject({
            requiredDuringSchedulingIgnoredDuringExecution: z.optional(nodeSelector),
            preferredDuringSchedulingIgnoredDuringExecution: z.optional(
              z.array(z.looseObject({ weight: z.number(), preference: nodeTerm })),
            ),
          }),
        ),
        podAffinity,
        podAntiAffinity: podAffinity,
      }),
    ),
    topologySpreadConstraints: z.optional(
      z.array(
        z.looseObject({
          maxSkew: z.int(),
          topologyKey: z.string(),
          whenUnsatisfiable: z.enum(['DoNotSchedule', 'ScheduleAnyway']),
          labelSelector: selector,
          minDomains: z.optional(z.int()),
          matchLabelKeys: texts,
        }),
      ),
    ),
    volumes: z.optional(
      z.array(z.looseObject({ name: z.string(), persistentVolumeClaim: z.optional(z.looseObject({ claimName: z.string() })) })),
    ),
    schedulingGates: z.optional(z.array(z.looseObject({ name: z.string() }))),
  }),
  status: z.optional(
    z.looseObject({
      phase: z.optional(z.string()),
      startTime: z.optional(z.string()),
      nominatedNodeName: z.optional(z.string()),
      conditions: z.optional(z.array(z.looseObject({ type: z.string() }))),
      containerStatuses: z.optional(z.array(z.looseObject({ name: z.string() }))),
      initContainerStatuses: z.optional(z.array(z.looseObject({ name: z.string() }))),
    }),
  ),
})

const node = z.looseObject({
  spec: z.optional(
    z.looseObject({
      unschedulable: z.optional(z.boolean()),
      taints: z.optional(
        z.array(
          z.looseObject({
            key: z.string(),
            value: z.optional(z.string()),
            effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
          }),
        ),
      ),
    }),
  ),
  status: z.optional(
    z.looseObject({
      capacity: amounts,
      allocatable: amounts,
      images: z.optional(z.array(z.looseObject({ names: texts, sizeBytes: z.optional(z.number()) }))),
    }),
  ),
})

const storage = z.optional(z.looseObject({ requests: amounts }))

/** What is read of the kinds that the scheduler looks at; other kinds pass unseen. */
const KINDS: Readonly<Record<string, z.ZodMiniType>> = {
  Pod: pod,
  Node: node,
  PriorityClass: z.looseObject({ value: z.int(), globalDefault: z.optional(z.boolean()) }),
  Service: z.looseObject({ spec: z.looseObject({ selector: labels }) }),
  ReplicationController: z.looseObject({ spec: z.optional(z.looseObject({ selector: labels })) }),
  ReplicaSet: z.looseObject({ spec: z.looseObject({ selector }) }),
  StatefulSet: z.looseObject({ spec: z.looseObject({ selector }) }),
  PodDisruptionBudget: z.looseObject({
    spec: z.looseObject({ selector }),
    status: z.optional(z.looseObject({ disruptionsAllowed: z.optional(z.int()) })),
  }),
  PersistentVolume: z.looseObject({
    spec: z.looseObject({
      capacity: amounts,
      accessModes: texts,
      storageClassName: z.optional(z.string()),
      nodeAffinity: z.optional(z.looseObject({ required: z.optional(nodeSelector) })),
    }),
  }),
  PersistentVolumeClaim: z.looseObject({
    spec: z.looseObject({
      accessModes: texts,
      resources: storage,
      storageClassName: z.optional(z.string()),
      volumeName: z.optional(z.string()),
      selector,
    }),
  }),
  StorageClass: z.looseObject({
    provisioner: z.string(),
    volumeBindingMode: z.optional(z.enum(['Immediate', 'WaitForFirstConsumer'])),
    allowedTopologies: z.optional(
      z.array(
        z.looseObject({
          matchLabelExpressions: z.optional(z.array(z.looseObject({ key: z.string(), values: z.array(z.string()) }))),
        }),
      ),
    ),
  }),
  CSINode: z.looseObject({
    spec: z.optional(
      z.looseObject({
        drivers: z.optional(
          z.array(
            z.looseObject({
              name: z.string(),
              allocatable: z.optional(z.looseObject({ count: z.optional(z.int()) })),
            }),
          ),
        ),
      }),
    ),
  }),
  CSIStorageCapacity: z.looseObject({
    storageClassName: z.string(),
    nodeTopology: selector,
    capacity: z.optional(quantity),
    maximumVolumeSize: z.optional(quantity),
  }),
}

const object = z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata })

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** `null` means absent in the API. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== null)
      .map(([key, each]) => [key, withoutNulls(each)]),
  )
}

interface Issue {
  readonly code: string
  readonly path: readonly PropertyKey[]
  readonly expected?: string
  readonly values?: readonly unknown[]
  readonly params?: { readonly expected?: string }
}

const NAMES: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  record: 'an object',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
}

function expectation({ code, expected, values, params }: Issue): string {
  if (params?.expected) return params.expected
  if (code === 'invalid_value' && values) return `one of ${values.map(String).join(', ')}`
  if (code === 'invalid_union') return 'a quantity such as "500m" or "2Gi"'
  return NAMES[expected ?? ''] ?? expected ?? 'another value'
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  let current = value
  for (const part of path) current = (current as Record<string | number, unknown> | undefined)?.[part]
  return current
}

/** What is wrong with one object of a dump; nulls must be gone. Empty: the scheduler can read it. */
export function dumpProblems(value: unknown): readonly DumpProblem[] {
  const problemsOf = (schema: z.ZodMiniType): readonly DumpProblem[] => {
    const result = z.safeParse(schema, value)
    if (result.success) return []
    return result.error.issues.map((issue) => {
      const path = issue.path.filter((part): part is string | number => typeof part !== 'symbol')
      return { path, expected: expectation(issue as unknown as Issue), received: shown(valueAt(value, path)) }
    })
  }
  const problems = problemsOf(object)
  if (problems.length > 0) return problems
  const { kind } = value as AnyObject
  const schema = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
  return schema ? problemsOf(schema) : []
}
