import type { Pod, PriorityClass } from '../../api/types.ts'
import type { Store } from '../../etcd/store.ts'
import { forbidden } from '../refusals.ts'
import type { AdmissionPlugin } from './plugin.ts'

const CLASSES = 'priorityclasses.scheduling.k8s.io'

interface Chosen {
  readonly name: string
  readonly value: number
  readonly preemptionPolicy: 'PreemptLowerPriority' | 'Never'
}

/** Of several global defaults the lowest counts. */
function globalDefault(store: Store): Chosen {
  let chosen: PriorityClass | undefined
  for (const object of store.scan(CLASSES)) {
    const candidate = object as unknown as PriorityClass
    if (candidate.globalDefault && (!chosen || candidate.value < chosen.value)) chosen = candidate
  }
  return chosen
    ? { name: chosen.metadata.name, value: chosen.value, preemptionPolicy: chosen.preemptionPolicy ?? 'PreemptLowerPriority' }
    : { name: '', value: 0, preemptionPolicy: 'PreemptLowerPriority' }
}

/** Turns the name of a class into a number. Models plugin/pkg/admission/priority (v1.35). */
export const priority: AdmissionPlugin = {
  name: 'Priority',
  resources: ['pods', CLASSES],
  admit(object, { operation, resource, subresource, name, store }) {
    if (operation !== 'create' || subresource !== '' || resource.key !== 'pods') return { object }
    const pod = object as unknown as Pod
    const { priorityClassName } = pod.spec
    let chosen: Chosen
    if (!priorityClassName) chosen = globalDefault(store)
    else {
      const found = store.get(CLASSES, '', priorityClassName) as unknown as PriorityClass | undefined
      if (!found) return { refused: forbidden(resource, name, `no PriorityClass with name ${priorityClassName} was found`) }
      chosen = { name: priorityClassName, value: found.value, preemptionPolicy: found.preemptionPolicy ?? 'PreemptLowerPriority' }
    }
    const given = pod.spec.priority
    if (given !== undefined && given !== chosen.value)
      return {
        refused: forbidden(
          resource,
          name,
          `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${chosen.value} from the given PriorityClass name`,
        ),
      }
    const policy = pod.spec.preemptionPolicy
    if (policy !== undefined && policy !== chosen.preemptionPolicy)
      return {
        refused: forbidden(
          resource,
          name,
          `the string value of PreemptionPolicy (${policy}) must not be provided in pod spec; priority admission controller computed ${chosen.preemptionPolicy} from the given PriorityClass name`,
        ),
      }
    const spec = {
      ...pod.spec,
      ...(chosen.name === '' ? {} : { priorityClassName: chosen.name }),
      priority: chosen.value,
      preemptionPolicy: chosen.preemptionPolicy,
    }
    return { object: { ...object, spec } }
  },
  validate(object, { operation, resource, name, store }) {
    if (resource.key !== CLASSES || operation === 'delete') return undefined
    const wanted = object as unknown as PriorityClass
    if (!wanted.globalDefault) return undefined
    for (const other of store.scan(CLASSES)) {
      if (other.metadata.name !== name && (other as unknown as PriorityClass).globalDefault)
        return forbidden(
          resource,
          name,
          `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`,
        )
    }
    return undefined
  },
}
