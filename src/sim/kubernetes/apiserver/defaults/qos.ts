import { compareQuantities } from '../../api/quantity.ts'
import type { Container, PodSpec, ResourceList } from '../../api/types.ts'

type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

const isPositive = (list: ResourceList | undefined, name: string): boolean => compareQuantities(list?.[name], undefined) > 0

/** Only cpu and memory count; only what is positive. Models pkg/apis/core/v1/helper/qos (v1.35). */
export function qosClassOf(spec: PodSpec): QosClass {
  if (spec.resources?.requests || spec.resources?.limits) return classOf([{ resources: spec.resources }])
  return classOf([...(spec.containers ?? []), ...(spec.initContainers ?? [])])
}

function classOf(parts: readonly Pick<Container, 'resources'>[]): QosClass {
  let isBestEffort = true
  let isGuaranteed = parts.length > 0
  for (const { resources } of parts) {
    for (const name of ['cpu', 'memory']) {
      const request = isPositive(resources?.requests, name)
      const limit = isPositive(resources?.limits, name)
      if (request || limit) isBestEffort = false
      if (!limit || (request && compareQuantities(resources?.requests?.[name], resources?.limits?.[name]) !== 0))
        isGuaranteed = false
    }
  }
  return isBestEffort ? 'BestEffort' : isGuaranteed ? 'Guaranteed' : 'Burstable'
}
