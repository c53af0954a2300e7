import { parseTime } from '../../kernel/time.ts'
import type { Api } from '../../kubernetes/api/client.ts'
import { at, type Fields, fields, isFields, isSet, items, text } from '../fields.ts'
import { goSort } from '../../kernel/go-sort.ts'
import { selectorText } from '../printers/format-labels.ts'

const HASH_LABEL = 'pod-template-hash'

/** Is `object` controlled by `owner`? */
export const isControlledBy = (object: Fields, owner: Fields): boolean =>
  items(at(object, 'metadata.ownerReferences')).some(
    ({ controller, uid }) => controller === true && uid === at(owner, 'metadata.uid'),
  )

const isEmpty = (value: unknown): boolean =>
  !isSet(value) || (Array.isArray(value) ? value.length === 0 : isFields(value) && Object.keys(value).length === 0)

/** Semantic equality: what is empty equals what is absent. */
function isSame(a: unknown, b: unknown): boolean {
  if (isEmpty(a) || isEmpty(b)) return isEmpty(a) && isEmpty(b)
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, index) => isSame(item, b[index]))
  if (isFields(a) && isFields(b))
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => isSame(a[key], b[key]))
  return a === b
}

function withoutHash(template: unknown): unknown {
  const metadata = fields(at(template, 'metadata'))
  const { [HASH_LABEL]: _, ...labels } = fields(metadata['labels'])
  return { ...fields(template), metadata: { ...metadata, labels } }
}

export const isSameTemplate = (a: unknown, b: unknown): boolean => isSame(withoutHash(a), withoutHash(b))

/** Its ReplicaSets, oldest first: the one with the Deployment's template, and all others. Models kubectl's deploymentutil. */
export function replicaSetsOf(
  deployment: Fields,
  api: Api,
): { readonly old: readonly Fields[]; readonly current: Fields | undefined } {
  const selector = selectorText(at(deployment, 'spec.selector'))
  const found = api.list('replicasets.apps', {
    namespace: text(at(deployment, 'metadata.namespace')),
    ...(selector === '' ? {} : { labelSelector: selector }),
  })
  const owned: readonly Fields[] = found.ok ? found.value.items.filter((set) => isControlledBy(set, deployment)) : []
  const bornAt = (set: Fields): number => parseTime(text(at(set, 'metadata.creationTimestamp'))) ?? 0
  const sorted = goSort(owned, (a, b) =>
    bornAt(a) === bornAt(b) ? text(at(a, 'metadata.name')) < text(at(b, 'metadata.name')) : bornAt(a) < bornAt(b),
  )
  const current = sorted.find((set) => isSameTemplate(at(set, 'spec.template'), at(deployment, 'spec.template')))
  return { old: sorted.filter((set) => set !== current), current }
}
