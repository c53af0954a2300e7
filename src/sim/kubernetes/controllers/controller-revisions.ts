import type { Api } from '../api/client.ts'
import { sortedJson } from '../api/json-value.ts'
import type { AnyObject, ApiObject, PodTemplateSpec } from '../api/types.ts'
import { deepEqual } from './deep-equal.ts'
import { controllerReference } from './object-key.ts'
import { safeEncode } from './pod-template-hash.ts'

export const REVISIONS = 'controllerrevisions.apps'

export interface ControllerRevision extends AnyObject {
  readonly revision: number
  readonly data?: { readonly spec: { readonly template: PodTemplateSpec & { readonly $patch: 'replace' } } }
}

type Templated = ApiObject & { readonly spec: { readonly template: PodTemplateSpec } }

/** The patch that puts this object's template back. Models getPatch of the StatefulSet and DaemonSet controllers (v1.35). */
export const templatePatch = ({ spec }: Templated): NonNullable<ControllerRevision['data']> => ({
  spec: { template: { ...spec.template, $patch: 'replace' } },
})

/** The template that a record holds. */
export function templateOf({ data }: ControllerRevision): PodTemplateSpec | undefined {
  if (!data) return undefined
  const { metadata, spec } = data.spec.template
  return { ...(metadata ? { metadata } : {}), spec }
}

export const sameTemplateAs = (owner: Templated, revision: ControllerRevision): boolean =>
  deepEqual(revision.data, templatePatch(owner))

function* utf8Bytes(text: string): Iterable<number> {
  for (const character of text) {
    const code = character.codePointAt(0)!
    if (code < 0x80) yield code
    else {
      const following = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3
      yield [0, 0xc0, 0xe0, 0xf0][following]! | (code >> (6 * following))
      for (let rest = following - 1; rest >= 0; rest--) yield 0x80 | ((code >> (6 * rest)) & 0x3f)
    }
  }
}

/** FNV-1 over the patch as text and the collision count. Models history.HashControllerRevision (v1.35). */
export function revisionHash(data: unknown, collisionCount: number): string {
  let hash = 0x811c9dc5
  for (const byte of utf8Bytes(`${sortedJson(data)}${collisionCount}`)) hash = Math.imul(hash, 0x01000193) ^ byte
  return safeEncode(hash >>> 0)
}

/** By revision, then age, then name. */
export const sortRevisions = (revisions: readonly ControllerRevision[]): readonly ControllerRevision[] =>
  revisions.toSorted(
    (a, b) =>
      a.revision - b.revision ||
      compare(a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? '') ||
      compare(a.metadata.name, b.metadata.name),
  )

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Records the template of `owner`; the message says why it could not. */
export function createRevision(
  api: Api,
  owner: Templated,
  options: { readonly hash: string; readonly hashLabel: string; readonly revision: number },
): ControllerRevision | { readonly message: string; readonly exists: boolean } {
  const { namespace = '', name, annotations } = owner.metadata
  const created = api.create(REVISIONS, namespace, {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name.slice(0, 223)}-${options.hash}`,
      namespace,
      labels: { ...owner.spec.template.metadata?.labels, [options.hashLabel]: options.hash },
      ...(annotations ? { annotations } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    data: templatePatch(owner),
    revision: options.revision,
  })
  if (created.ok) return created.value as ControllerRevision
  return { message: created.status.message, exists: created.status.code === 409 }
}

/** Makes an old record the newest. */
export function raiseRevision(
  api: Api,
  record: ControllerRevision,
  revision: number,
): ControllerRevision | { readonly message: string; readonly exists: boolean } {
  if (record.revision === revision) return record
  const { namespace = '', name } = record.metadata
  const updated = api.update(REVISIONS, namespace, name, { ...record, revision })
  return updated.ok ? (updated.value as ControllerRevision) : { message: updated.status.message, exists: false }
}

export const isRevision = (result: ControllerRevision | { readonly message: string }): result is ControllerRevision =>
  'revision' in result
