import { compareQuantities } from '../../api/quantity.ts'
import { equalJson } from '../../api/json-value.ts'
import type { AnyObject, Container, NodeSelector, Pod, PodSpec, ResourceList, Toleration } from '../../api/types.ts'
import { qosClassOf } from '../defaults/qos.ts'
import type { FieldErrors } from './field-errors.ts'
import { goStruct } from './go-struct.ts'
import { inclusiveRange } from './names.ts'
import { validatePodSpec } from './pod-spec.ts'
import type { Rules } from './rules.ts'
import { isDns1123Subdomain } from './names.ts'
import { unifiedDiff } from './unified-diff.ts'

/** Models pkg/apis/core/validation/validation.go ValidatePodCreate, ValidatePodUpdate, ValidatePodResize (v1.35). */

const MAX_INT32 = 2_147_483_647
const WHITESPACE = 'must not have leading or trailing whitespace'
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost'

const podOf = (object: AnyObject): Pod => object as unknown as Pod

function validatePod({ metadata, spec }: Pod, errors: FieldErrors): void {
  const cost = metadata.annotations?.[DELETION_COST]
  if (cost !== undefined && !/^[+-]?\d+$/.test(cost))
    errors.invalid(`metadata.annotations[${DELETION_COST}]`, cost, 'must be a 32bit integer')
  validatePodSpec(spec, 'spec', errors)
  for (const key of ['containers', 'initContainers'] as const)
    for (const [i, { image = '' }] of (spec?.[key] ?? []).entries())
      if (image.trim() !== image) errors.invalid(`spec.${key}[${i}].image`, image, WHITESPACE)
}

function validateCreate(pod: Pod, errors: FieldErrors): void {
  validatePod(pod, errors)
  if ((pod.spec.ephemeralContainers?.length ?? 0) > 0) errors.forbidden('spec.ephemeralContainers', 'cannot be set on create')
  if (pod.spec.nodeName && (pod.spec.schedulingGates?.length ?? 0) > 0)
    errors.forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared')
}

// Update ------------------------------------------------------------------------------------------------------------

const UPDATABLE =
  '`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)'

function validateContainerUpdates(
  next: readonly Container[],
  previous: readonly Container[],
  path: string,
  errors: FieldErrors,
): boolean {
  if (next.length !== previous.length) {
    errors.forbidden(path, 'pod updates may not add or remove containers')
    return false
  }
  for (const [i, { image = '' }] of next.entries()) {
    if (image === '') errors.required(`${path}[${i}].image`)
    if (image.trim() !== image) errors.invalid(`${path}[${i}].image`, image, WHITESPACE)
  }
  return true
}

/** Tolerations may be added, and the seconds of those that are there changed. */
function keepsTolerations(next: readonly Toleration[], previous: readonly Toleration[]): boolean {
  const withoutSeconds = (toleration: Toleration): object => ({ ...toleration, tolerationSeconds: undefined })
  return previous.every((old) => next.some((toleration) => equalJson(withoutSeconds(old), withoutSeconds(toleration))))
}

function validateDeadlineUpdate(next: number | undefined, previous: number | undefined, errors: FieldErrors): boolean {
  const path = 'spec.activeDeadlineSeconds'
  if (next !== undefined) {
    if (next < 0 || next > MAX_INT32) {
      errors.invalid(path, next, inclusiveRange(0, MAX_INT32))
      return false
    }
    if (previous !== undefined && previous < next) {
      errors.invalid(path, next, 'must be less than or equal to previous value')
      return false
    }
  } else if (previous !== undefined) errors.invalid(path, null, 'must not update from a positive integer to nil value')
  return true
}

const withImages = (next: readonly Container[], previous: readonly Container[]): readonly Container[] =>
  next.map((container, i) => {
    const { image: _, ...rest } = container
    const image = previous[i]?.image
    return image === undefined ? rest : { ...rest, image }
  })

/** The new spec with everything that may change put back: what then differs from the old one may not. */
function munge(next: PodSpec, previous: PodSpec): PodSpec {
  const { activeDeadlineSeconds: _d, tolerations: _t, schedulingGates: _g, ...rest } = next
  const isGated = (previous.schedulingGates?.length ?? 0) > 0
  const grace = next.terminationGracePeriodSeconds
  return {
    ...rest,
    containers: withImages(next.containers, previous.containers),
    ...(next.initContainers ? { initContainers: withImages(next.initContainers, previous.initContainers ?? []) } : {}),
    ...(previous.activeDeadlineSeconds === undefined ? {} : { activeDeadlineSeconds: previous.activeDeadlineSeconds }),
    ...(previous.tolerations === undefined ? {} : { tolerations: previous.tolerations }),
    ...(previous.schedulingGates === undefined ? {} : { schedulingGates: previous.schedulingGates }),
    ...((previous.terminationGracePeriodSeconds ?? 0) < 0 && grace === 1
      ? { terminationGracePeriodSeconds: previous.terminationGracePeriodSeconds! }
      : {}),
    ...(isGated ? gatedFields(next, previous) : {}),
  }
}

/** While a Pod waits behind gates its node selection may be narrowed. */
function gatedFields(next: PodSpec, previous: PodSpec): Partial<PodSpec> {
  const selector = previous.nodeSelector ?? {}
  const narrows = Object.entries(selector).every(([key, value]) => next.nodeSelector?.[key] === value)
  const required = (spec: PodSpec): NodeSelector | undefined =>
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  const affinityNarrows = required(previous) === undefined || narrowsTerms(required(next), required(previous)!)
  return {
    ...(narrows && next.nodeSelector
      ? previous.nodeSelector
        ? { nodeSelector: previous.nodeSelector }
        : { nodeSelector: undefined as never }
      : {}),
    ...(affinityNarrows && next.affinity
      ? previous.affinity
        ? { affinity: previous.affinity }
        : { affinity: undefined as never }
      : {}),
  }
}

function narrowsTerms(next: NodeSelector | undefined, previous: NodeSelector): boolean {
  const terms = next?.nodeSelectorTerms ?? []
  if (terms.length !== previous.nodeSelectorTerms.length) return false
  return previous.nodeSelectorTerms.every((old, i) => {
    const now = terms[i]!
    const keeps = (a: readonly unknown[] = [], b: readonly unknown[] = []): boolean => b.every((item, j) => equalJson(a[j], item))
    return keeps(now.matchExpressions, old.matchExpressions) && keeps(now.matchFields, old.matchFields)
  })
}

const specText = (spec: PodSpec): string => JSON.stringify(goStruct('PodSpec', spec), null, 1)

function validateUpdate(pod: Pod, previous: Pod, errors: FieldErrors): void {
  validatePod(pod, errors)
  const { spec } = pod
  const before = previous.spec
  if (!validateContainerUpdates(spec.containers, before.containers, 'spec.containers', errors)) return
  if (!validateContainerUpdates(spec.initContainers ?? [], before.initContainers ?? [], 'spec.initContainers', errors)) return
  if (!validateDeadlineUpdate(spec.activeDeadlineSeconds, before.activeDeadlineSeconds, errors)) return
  if (!keepsTolerations(spec.tolerations ?? [], before.tolerations ?? []))
    errors.forbidden('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds')
  const gates = before.schedulingGates ?? []
  for (const [i, gate] of (spec.schedulingGates ?? []).entries())
    if (!gates.some(({ name }) => name === gate.name))
      errors.forbidden(`spec.schedulingGates[${i}].name`, `only deletion is allowed, but found new scheduling gate '${gate.name}'`)
  if (!errors.isEmpty) return
  const munged = munge(spec, before)
  if (equalJson(munged, before)) return
  const diff = unifiedDiff(specText(before), specText(munged))
  errors.forbidden('spec', `pod updates may not change fields other than ${UPDATABLE}\n${diff}`)
}

// Resize ------------------------------------------------------------------------------------------------------------

const isMissingSome = (next: ResourceList = {}, previous: ResourceList = {}): boolean =>
  Object.keys(previous).some((name) => next[name] === undefined)

const withoutComputeResources = (container: Container): unknown => {
  const strip = (list: ResourceList = {}): ResourceList =>
    Object.fromEntries(Object.entries(list).filter(([name]) => name !== 'cpu' && name !== 'memory'))
  const { limits, requests } = container.resources ?? {}
  return { ...container, resources: { limits: strip(limits), requests: strip(requests) }, resizePolicy: undefined }
}

function validateResize(pod: Pod, previous: Pod, errors: FieldErrors): void {
  validatePod(pod, errors)
  const was = previous.status?.qosClass ?? qosClassOf(previous.spec)
  if (was !== qosClassOf(pod.spec)) errors.invalid('spec', was, 'Pod QOS Class may not change as a result of resizing')
  const running = previous.status?.containerStatuses?.find(({ state }) => state?.running)
  if (running && !running.resources) errors.forbidden('spec', 'Pod running on node without support for resize')
  for (const [i, old] of previous.spec.containers.entries()) {
    const container = pod.spec.containers[i]
    if (!container) continue
    const path = `spec.containers[${i}].resources`
    if (isMissingSome(container.resources?.requests, old.resources?.requests))
      errors.forbidden(`${path}.requests`, 'resource requests cannot be removed')
    if (isMissingSome(container.resources?.limits, old.resources?.limits))
      errors.forbidden(`${path}.limits`, 'resource limits cannot be removed')
    const limit = container.resources?.limits?.['memory']
    const policy = container.resizePolicy?.find(({ resourceName }) => resourceName === 'memory')?.restartPolicy ?? 'NotRequired'
    if (policy === 'NotRequired' && limit !== undefined && old.resources?.limits?.['memory'] === undefined)
      errors.forbidden(`${path}.limits[memory]`, 'memory limits cannot be added unless resizePolicy is RestartContainer')
    if (limit !== undefined && compareQuantities(limit, '0') < 0) return
  }
  const differs =
    pod.spec.containers.length !== previous.spec.containers.length ||
    pod.spec.containers.some(
      (container, i) => !equalJson(withoutComputeResources(container), withoutComputeResources(previous.spec.containers[i]!)),
    )
  if (errors.isEmpty && differs) errors.forbidden('spec', 'only cpu and memory resources are mutable')
}

export const podRules: Rules = {
  name: isDns1123Subdomain,
  create: (object, errors) => validateCreate(podOf(object), errors),
  update: (object, previous, errors) => validateUpdate(podOf(object), podOf(previous), errors),
  resize: (object, previous, errors) => validateResize(podOf(object), podOf(previous), errors),
}
