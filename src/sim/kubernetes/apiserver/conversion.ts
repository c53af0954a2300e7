import type { Resource } from '../api/resources.ts'
import type { AnyObject } from '../api/types.ts'

interface AutoscalerV1Spec {
  readonly targetCPUUtilizationPercentage?: number
  readonly [field: string]: unknown
}

/**
 * An object in the version that is stored. Only autoscaling/v1 differs in shape from what is stored. Models
 * pkg/apis/autoscaling/v1/conversion.go (v1.35).
 */
export function convertToStored(resource: Resource, object: AnyObject): AnyObject {
  if (resource.key !== 'horizontalpodautoscalers.autoscaling' || object.apiVersion !== 'autoscaling/v1') return object
  const { targetCPUUtilizationPercentage, ...spec } = (object['spec'] ?? {}) as AutoscalerV1Spec
  const metrics =
    targetCPUUtilizationPercentage === undefined
      ? {}
      : {
          metrics: [
            {
              type: 'Resource',
              resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: targetCPUUtilizationPercentage } },
            },
          ],
        }
  return { ...object, apiVersion: 'autoscaling/v2', spec: { ...spec, ...metrics } }
}
