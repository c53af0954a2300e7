import { equalJson } from '../api/json-value.ts'
import type { Resource } from '../api/resources.ts'
import type { AnyObject, Condition, LabelSelector, ObjectMeta, Pod, PodSpec } from '../api/types.ts'
import { qosClassOf } from './defaults/qos.ts'
import { prepareService } from './service-allocation.ts'

/**
 * What the API server itself sets, resets and counts when an object is written. Models the strategies of pkg/registry (v1.35).
 */

/** Kinds with a generation, and what a change of raises it. */
const GENERATION: Readonly<Record<string, 'spec' | 'spec or annotations' | 'all but metadata' | 'all' | 'never'>> = {
  pods: 'spec',
  replicationcontrollers: 'spec',
  podtemplates: 'all but metadata',
  'deployments.apps': 'spec or annotations',
  'replicasets.apps': 'spec',
  'statefulsets.apps': 'spec',
  'daemonsets.apps': 'spec',
  'jobs.batch': 'spec',
  'cronjobs.batch': 'spec',
  'poddisruptionbudgets.policy': 'spec',
  'ingresses.networking.k8s.io': 'spec',
  'ingressclasses.networking.k8s.io': 'spec',
  'networkpolicies.networking.k8s.io': 'spec',
  'endpointslices.discovery.k8s.io': 'all',
  'priorityclasses.scheduling.k8s.io': 'never',
  'customresourcedefinitions.apiextensions.k8s.io': 'spec',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': 'all but metadata',
  'validatingwebhookconfigurations.admissionregistration.k8s.io': 'all but metadata',
  'validatingadmissionpolicies.admissionregistration.k8s.io': 'spec',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': 'spec',
  'flowschemas.flowcontrol.apiserver.k8s.io': 'spec',
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': 'spec',
  'resourceslices.resource.k8s.io': 'spec',
  'deviceclasses.resource.k8s.io': 'spec',
}

/** Kinds whose `PUT` must say which version it replaces. */
const CONDITIONAL_UPDATES: ReadonlySet<string> = new Set([
  'poddisruptionbudgets.policy',
  'leases.coordination.k8s.io',
  'endpointslices.discovery.k8s.io',
  'runtimeclasses.node.k8s.io',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'csistoragecapacities.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
])

export const allowsUnconditionalUpdate = (resource: Resource): boolean =>
  !resource.isCustom && !CONDITIONAL_UPDATES.has(resource.key)

const hasStatus = (resource: Resource): boolean => resource.subresources.some(({ name }) => name === 'status')

const withoutStatus = (object: AnyObject): AnyObject => {
  const { status: _, ...rest } = object
  return rest
}

const generationRule = (resource: Resource): (typeof GENERATION)[string] | undefined =>
  resource.isCustom ? 'all but metadata' : GENERATION[resource.key]

// Create ------------------------------------------------------------------------------------------------------------

/** `object` carries its final name, uid and creation time. `zeroStatus`: the kind's empty status. */
export function prepareForCreate(resource: Resource, object: AnyObject, zeroStatus: unknown, now: string): AnyObject {
  let out = object
  if (resource.key !== 'nodes' && hasStatus(resource)) {
    const status = initialStatus(resource, object, zeroStatus, now)
    out = status === undefined ? withoutStatus(object) : { ...object, status }
  }
  if (resource.key === 'namespaces') out = withNamespaceFinalizer(out)
  if (resource.key === 'jobs.batch') out = withJobSelector(out)
  if (resource.key === 'services') out = prepareService(out, undefined)
  if (resource.key === 'daemonsets.apps') out = withTemplateGeneration(out, undefined)
  if (resource.key === 'statefulsets.apps') out = withoutMaxUnavailable(out)
  const { generation: _, ...metadata } = out.metadata
  const counts = generationRule(resource) !== undefined
  return counts
    ? { ...out, metadata: { ...metadata, generation: 1 } }
    : out.metadata.generation === undefined
      ? out
      : { ...out, metadata }
}

function initialStatus(resource: Resource, object: AnyObject, zeroStatus: unknown, now: string): unknown {
  switch (resource.key) {
    case 'pods': {
      const { spec } = object as unknown as Pod
      const gated: Condition[] =
        (spec.schedulingGates?.length ?? 0) > 0
          ? [
              {
                type: 'PodScheduled',
                status: 'False',
                lastProbeTime: null,
                lastTransitionTime: now,
                reason: 'SchedulingGated',
                message: 'Scheduling is blocked due to non-empty scheduling gates',
              },
            ]
          : []
      return { phase: 'Pending', ...(gated.length > 0 ? { conditions: gated } : {}), qosClass: qosClassOf(spec) }
    }
    case 'namespaces':
      return { phase: 'Active' }
    case 'persistentvolumes':
      return { phase: 'Pending', lastPhaseTransitionTime: now }
    case 'persistentvolumeclaims':
      return { phase: 'Pending' }
    case 'customresourcedefinitions.apiextensions.k8s.io':
      return establishedStatus(object, now)
    default:
      return zeroStatus
  }
}

/** Simplified: the definition is accepted and established at once; upstream controllers do that a moment later. */
function establishedStatus(object: AnyObject, now: string): unknown {
  const spec = object['spec'] as {
    names: { kind: string; listKind?: string }
    versions: readonly { name: string; storage?: boolean }[]
  }
  return {
    acceptedNames: { ...spec.names, listKind: spec.names.listKind ?? `${spec.names.kind}List` },
    conditions: [
      { type: 'NamesAccepted', status: 'True', lastTransitionTime: now, reason: 'NoConflicts', message: 'no conflicts found' },
      {
        type: 'Established',
        status: 'True',
        lastTransitionTime: now,
        reason: 'InitialNamesAccepted',
        message: 'the initial names have been accepted',
      },
    ],
    storedVersions: (spec.versions ?? []).filter(({ storage }) => storage).map(({ name }) => name),
  }
}

function withNamespaceFinalizer(object: AnyObject): AnyObject {
  const spec = object['spec'] as { finalizers?: readonly string[] } | undefined
  if (spec?.finalizers?.includes('kubernetes')) return object
  return { ...object, spec: { ...spec, finalizers: [...(spec?.finalizers ?? []), 'kubernetes'] } }
}

interface JobObject extends AnyObject {
  readonly spec: {
    readonly manualSelector?: boolean
    readonly selector?: LabelSelector
    readonly template: { readonly metadata?: Partial<ObjectMeta>; readonly spec: PodSpec }
  }
}

/** A Job selects its Pods by its own uid unless told otherwise. */
function withJobSelector(object: AnyObject): AnyObject {
  const { metadata, spec } = object as JobObject
  if (spec.manualSelector) return object
  const uid = metadata.uid ?? ''
  const identity = {
    'controller-uid': uid,
    'job-name': metadata.name,
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': metadata.name,
  }
  const labels = { ...spec.template?.metadata?.labels, ...identity }
  return {
    ...object,
    metadata: { ...metadata, labels: { ...metadata.labels, ...(metadata.labels ? {} : labels) } },
    spec: {
      ...spec,
      selector: {
        ...spec.selector,
        matchLabels: { ...spec.selector?.matchLabels, 'batch.kubernetes.io/controller-uid': uid },
      },
      template: { ...spec.template, metadata: { ...spec.template?.metadata, labels } },
    },
  }
}

/** `rollingUpdate.maxUnavailable` of a StatefulSet is dropped while its feature gate (MaxUnavailableStatefulSet) is off, as by default. */
function withoutMaxUnavailable(object: AnyObject): AnyObject {
  const { spec } = object as AnyObject & { readonly spec: { readonly updateStrategy?: { readonly rollingUpdate?: object } } }
  const { updateStrategy } = spec
  if (!updateStrategy?.rollingUpdate || !('maxUnavailable' in updateStrategy.rollingUpdate)) return object
  const { maxUnavailable: _, ...rollingUpdate } = updateStrategy.rollingUpdate
  return { ...object, spec: { ...spec, updateStrategy: { ...updateStrategy, rollingUpdate } } }
}

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation'

/** A DaemonSet counts the changes of its template in an annotation, a field of older versions of the API. */
function withTemplateGeneration(object: AnyObject, previous: AnyObject | undefined): AnyObject {
  const templateOf = (set: AnyObject): unknown => (set['spec'] as { template?: unknown } | undefined)?.template
  const before = Number(previous?.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0)
  const next = !previous ? 1 : equalJson(templateOf(object), templateOf(previous)) ? before : before + 1
  const text = String(next)
  const { annotations } = object.metadata
  if (next === 0 || annotations?.[TEMPLATE_GENERATION] === text) return object
  return { ...object, metadata: { ...object.metadata, annotations: { ...annotations, [TEMPLATE_GENERATION]: text } } }
}

// Update ------------------------------------------------------------------------------------------------------------

/** A write to the object itself: its status stays, its generation counts changes. */
export function prepareForUpdate(resource: Resource, object: AnyObject, previous: AnyObject): AnyObject {
  let out = object
  if (hasStatus(resource) && out['status'] !== previous['status']) {
    const status = previous['status']
    out = status === undefined ? withoutStatus(out) : { ...out, status }
  }
  if (resource.key === 'namespaces') {
    const finalizers = (previous['spec'] as { finalizers?: readonly string[] } | undefined)?.finalizers
    out = { ...out, spec: finalizers ? { finalizers } : {} }
  }
  if (resource.key === 'services') out = prepareService(out, previous)
  if (resource.key === 'daemonsets.apps') out = withTemplateGeneration(out, previous)
  if (resource.key === 'statefulsets.apps') out = withoutMaxUnavailable(out)
  return withGeneration(resource, out, previous)
}

function withGeneration(resource: Resource, object: AnyObject, previous: AnyObject): AnyObject {
  const generation = previous.metadata.generation
  const next = generation === undefined || !raisesGeneration(resource, object, previous) ? generation : generation + 1
  if (object.metadata.generation === next) return object
  const { generation: _, ...metadata } = object.metadata
  return { ...object, metadata: next === undefined ? metadata : { ...metadata, generation: next } }
}

function raisesGeneration(resource: Resource, object: AnyObject, previous: AnyObject): boolean {
  switch (generationRule(resource)) {
    case 'spec':
      return !equalJson(object['spec'], previous['spec'])
    case 'spec or annotations':
      return (
        !equalJson(object['spec'], previous['spec']) ||
        !equalJson(object.metadata.annotations ?? {}, previous.metadata.annotations ?? {})
      )
    case 'all but metadata':
      return !equalContent(object, previous)
    case 'all':
      return !equalContent(object, previous) || !equalJson(object.metadata.labels ?? {}, previous.metadata.labels ?? {})
    case 'never':
    case undefined:
      return false
  }
}

const equalContent = (a: AnyObject, b: AnyObject): boolean => {
  const { metadata: _a, status: _sa, ...left } = a
  const { metadata: _b, status: _sb, ...right } = b
  return equalJson(left, right)
}

/** Kinds whose labels and annotations a status write may change. */
const STATUS_KEEPS_METADATA: ReadonlySet<string> = new Set([
  'deployments.apps',
  'pods',
  'nodes',
  'namespaces',
  'persistentvolumes',
  'persistentvolumeclaims',
])

/** A write to the status: the rest of the object stays. */
export function prepareForStatusUpdate(resource: Resource, object: AnyObject, previous: AnyObject): AnyObject {
  const { annotations } = object.metadata
  const labels = resource.key === 'deployments.apps' ? undefined : object.metadata.labels
  const metadata =
    STATUS_KEEPS_METADATA.has(resource.key) &&
    ((labels !== undefined && labels !== previous.metadata.labels) ||
      (annotations !== undefined && annotations !== previous.metadata.annotations))
      ? { ...previous.metadata, ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) }
      : previous.metadata
  const status = object['status']
  return status === undefined ? { ...withoutStatus(previous), metadata } : { ...previous, metadata, status }
}
