import type { Api } from '../../kubernetes/api/client.ts'
import type { Resource } from '../../kubernetes/api/resources.ts'
import { at, type Fields, fields, number, text } from '../fields.ts'
import { selectorText } from '../printers/format-labels.ts'
import { isControlledBy, replicaSetsOf } from './replica-sets.ts'

export const REVISION_ANNOTATION = 'deployment.kubernetes.io/revision'
export const CHANGE_CAUSE_ANNOTATION = 'kubernetes.io/change-cause'

/** One remembered state of a workload. */
export interface Revision {
  readonly number: number
  readonly template: Fields
  readonly changeCause: string
  /** The ReplicaSet, or the workload as it was then. */
  readonly object: Fields
}

const annotation = (object: Fields, name: string): string => text(fields(at(object, 'metadata.annotations'))[name])

/** The revision that a Deployment or ReplicaSet carries; undefined for none. */
export function revisionOf(object: Fields): number | undefined {
  const value = annotation(object, REVISION_ANNOTATION)
  return /^\d+$/.test(value) ? Number(value) : undefined
}

export const hasHistory = ({ key }: Resource): boolean =>
  ['deployments.apps', 'statefulsets.apps', 'daemonsets.apps'].includes(key)

/** A ControllerRevision holds the template as a strategic merge patch that replaces it. */
function templateOf(revision: Fields): Fields {
  const { $patch: _, ...template } = fields(at(revision, 'data.spec.template'))
  return template
}

/** The history of a Deployment, StatefulSet or DaemonSet, oldest first. Models kubectl's polymorphichelpers/history.go. */
export function revisionsOf(resource: Resource, object: Fields, api: Api): readonly Revision[] {
  const byNumber = new Map<number, Revision>()
  if (resource.key === 'deployments.apps') {
    const { old, current } = replicaSetsOf(object, api)
    for (const set of current ? [...old, current] : old) {
      const revision = revisionOf(set)
      if (revision === undefined) continue
      const template = fields(at(set, 'spec.template'))
      const changeCause = annotation(set, CHANGE_CAUSE_ANNOTATION)
      const metadata = fields(template['metadata'])
      byNumber.set(revision, {
        number: revision,
        changeCause,
        object: set,
        template:
          changeCause === ''
            ? template
            : {
                ...template,
                metadata: {
                  ...metadata,
                  annotations: { ...fields(metadata['annotations']), [CHANGE_CAUSE_ANNOTATION]: changeCause },
                },
              },
      })
    }
  } else {
    const selector = selectorText(at(object, 'spec.selector'))
    const found = api.list('controllerrevisions.apps', {
      namespace: text(at(object, 'metadata.namespace')),
      ...(selector === '' ? {} : { labelSelector: selector }),
    })
    for (const revision of found.ok ? found.value.items : []) {
      if (!isControlledBy(revision, object)) continue
      const template = templateOf(revision)
      byNumber.set(number(revision['revision']), {
        number: number(revision['revision']),
        template,
        changeCause: annotation(revision, CHANGE_CAUSE_ANNOTATION),
        object: { ...object, spec: { ...fields(object['spec']), template } },
      })
    }
  }
  return [...byNumber.values()].sort((a, b) => a.number - b.number)
}
