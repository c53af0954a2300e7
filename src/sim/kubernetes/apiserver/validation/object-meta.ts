import { equalJson } from '../../api/json-value.ts'
import type { ObjectMeta, OwnerReference } from '../../api/types.ts'
import type { FieldErrors } from './field-errors.ts'
import { asPrefix, byteLength, isDns1123Label, isLabelValue, isQualifiedName, type NameCheck } from './names.ts'

/** Models apimachinery pkg/api/validation/objectmeta.go (v1.35). */

type Labels = Readonly<Record<string, string>>

export const IMMUTABLE = 'field is immutable'
const ANNOTATIONS_MAX_BYTES = 256 * 1024

export function validateLabels(labels: Labels | undefined, path: string, errors: FieldErrors): void {
  for (const key of Object.keys(labels ?? {}).sort()) {
    for (const problem of isQualifiedName(key)) errors.invalid(path, key, problem)
    for (const problem of isLabelValue(labels![key]!)) errors.invalid(path, labels![key]!, problem)
  }
}

export function validateAnnotations(annotations: Labels | undefined, path: string, errors: FieldErrors): void {
  let bytes = 0
  for (const key of Object.keys(annotations ?? {}).sort()) {
    for (const problem of isQualifiedName(key.toLowerCase())) errors.invalid(path, key, problem)
    bytes += byteLength(key) + byteLength(annotations![key]!)
  }
  if (bytes > ANNOTATIONS_MAX_BYTES) errors.tooLong(path, ANNOTATIONS_MAX_BYTES)
}

function validateOwners(owners: readonly OwnerReference[], path: string, errors: FieldErrors): void {
  let controller: string | undefined
  for (const owner of owners) {
    if (!owner.apiVersion) errors.invalid(`${path}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty')
    for (const field of ['kind', 'name', 'uid'] as const)
      if (!owner[field]) errors.invalid(`${path}.${field}`, owner[field] ?? '', 'must not be empty')
    // Events come and go: nothing may depend on one.
    if (owner.apiVersion === 'v1' && owner.kind === 'Event')
      errors.invalid(path, owner, '/v1, Kind=Event is disallowed from being an owner')
  }
  for (const owner of owners) {
    if (!owner.controller) continue
    const shown = `${owner.kind}/${owner.name}`
    if (controller !== undefined)
      errors.invalid(
        path,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${shown}`,
      )
    else controller = shown
  }
}

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

function validateFinalizers(finalizers: readonly string[], path: string, errors: FieldErrors): void {
  for (const finalizer of finalizers) for (const problem of isQualifiedName(finalizer)) errors.invalid(path, finalizer, problem)
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    errors.invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set')
  for (const [i, finalizer] of finalizers.entries())
    if (!finalizer.includes('/') && !STANDARD_FINALIZERS.has(finalizer))
      errors.invalid(`${path}[${i}]`, finalizer, 'name is neither a standard finalizer name nor is it fully qualified')
}

export function validateObjectMeta(
  metadata: ObjectMeta,
  namespaced: boolean,
  name: NameCheck,
  path: string,
  errors: FieldErrors,
): void {
  if (metadata.generateName)
    for (const problem of asPrefix(name)(metadata.generateName))
      errors.invalid(`${path}.generateName`, metadata.generateName, problem)
  if (!metadata.name) errors.required(`${path}.name`, 'name or generateName is required')
  else for (const problem of name(metadata.name)) errors.invalid(`${path}.name`, metadata.name, problem)
  if (namespaced) {
    const { namespace } = metadata
    if (!namespace) errors.required(`${path}.namespace`)
    else for (const problem of isDns1123Label(namespace)) errors.invalid(`${path}.namespace`, namespace, problem)
  }
  validateCommon(metadata, path, errors)
}

function validateCommon(metadata: ObjectMeta, path: string, errors: FieldErrors): void {
  validateLabels(metadata.labels, `${path}.labels`, errors)
  validateAnnotations(metadata.annotations, `${path}.annotations`, errors)
  validateOwners(metadata.ownerReferences ?? [], `${path}.ownerReferences`, errors)
  validateFinalizers(metadata.finalizers ?? [], `${path}.finalizers`, errors)
}

export function validateObjectMetaUpdate(metadata: ObjectMeta, previous: ObjectMeta, path: string, errors: FieldErrors): void {
  if (previous.deletionTimestamp !== undefined) {
    const before = new Set(previous.finalizers ?? [])
    const added = (metadata.finalizers ?? []).filter((finalizer) => !before.has(finalizer))
    if (added.length > 0)
      errors.forbidden(
        `${path}.finalizers`,
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((text) => JSON.stringify(text)).join(', ')}}`,
      )
  }
  validateCommon(metadata, path, errors)
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp'] as const)
    if (!equalJson(metadata[field] ?? '', previous[field] ?? ''))
      errors.invalid(`${path}.${field}`, metadata[field] ?? '', IMMUTABLE)
}
