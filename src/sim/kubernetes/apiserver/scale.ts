import { type Resource, splitApiVersion } from '../api/resources.ts'
import { printSelector, selectorOf, selectorOfLabels } from '../api/selectors.ts'
import { answer, type Answer, refuse } from '../api/status.ts'
import type { AnyObject, LabelSelector } from '../api/types.ts'
import { badRequest, invalid } from './refusals.ts'
import { FieldErrors } from './validation/field-errors.ts'

interface Scaled extends AnyObject {
  readonly spec: { readonly replicas?: number; readonly selector?: unknown }
  readonly status?: { readonly replicas?: number }
}

/** The `scale` subresource: replicas and selector of anything that has them. Models autoscaling/v1 Scale. */
export function scaleOf(resource: Resource, object: AnyObject): AnyObject {
  const { metadata, spec, status } = object as Scaled
  const selector =
    resource.key === 'replicationcontrollers'
      ? selectorOfLabels(spec.selector as Readonly<Record<string, string>>)
      : (selectorOf(spec.selector as LabelSelector) ?? [])
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata
  const text = printSelector(selector)
  return {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: spec.replicas === undefined || spec.replicas === 0 ? {} : { replicas: spec.replicas },
    status: { replicas: status?.replicas ?? 0, ...(text === '' ? {} : { selector: text }) },
  }
}

/** The object with the replicas that a Scale asks for. */
export function applyScale(resource: Resource, object: AnyObject, scale: AnyObject): Answer<AnyObject> {
  const replicas = (scale['spec'] as { replicas?: unknown } | undefined)?.replicas ?? 0
  if (typeof replicas !== 'number')
    return refuse(badRequest('json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32'))
  const { resourceVersion } = scale.metadata
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== object.metadata.resourceVersion)
    return refuse({
      code: 409,
      reason: 'Conflict',
      message: `Operation cannot be fulfilled on ${resource.key} "${object.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
    })
  if (replicas < 0) {
    const errors = new FieldErrors()
    errors.invalid('spec.replicas', replicas, 'must be greater than or equal to 0')
    return refuse(
      invalid({ kind: 'Scale', group: splitApiVersion('autoscaling/v1')[0], name: object.metadata.name }, errors.causes),
    )
  }
  return answer({ ...object, spec: { ...(object['spec'] as object), replicas } })
}
