import { isFields } from '../fields.ts'

type Expected = 'string' | 'int64' | 'map[string]string' | '[]string' | 'object' | 'list' | 'any'

/** Types of the metadata that kubectl itself decodes, in the order of the JSON that it sends. */
const FIELDS: Readonly<Record<string, Expected>> = {
  annotations: 'map[string]string',
  creationTimestamp: 'string',
  deletionGracePeriodSeconds: 'int64',
  deletionTimestamp: 'string',
  finalizers: '[]string',
  generateName: 'string',
  generation: 'int64',
  labels: 'map[string]string',
  managedFields: 'list',
  name: 'string',
  namespace: 'string',
  ownerReferences: 'list',
  resourceVersion: 'string',
  selfLink: 'string',
  uid: 'string',
}
const GO_TYPES: Readonly<Record<string, string>> = {
  uid: 'types.UID',
  ownerReferences: '[]v1.OwnerReference',
  managedFields: '[]v1.ManagedFieldsEntry',
}
const OWNER_FIELDS: Readonly<Record<string, string>> = {
  apiVersion: 'string',
  blockOwnerDeletion: 'bool',
  controller: 'bool',
  kind: 'string',
  name: 'string',
  uid: 'types.UID',
}

const jsonTypeOf = (value: unknown): string =>
  typeof value === 'boolean' ? 'bool' : typeof value !== 'object' ? typeof value : Array.isArray(value) ? 'array' : 'object'

const mismatch = (value: unknown, field: string, goType: string): string =>
  `json: cannot unmarshal ${jsonTypeOf(value)} into Go struct field ${field} of type ${goType}`

function problemOf(name: string, expected: Expected, value: unknown): string | undefined {
  const field = `ObjectMeta.metadata.${name}`
  switch (expected) {
    case 'string':
      if (typeof value === 'string') return undefined
      if (name.endsWith('Timestamp')) return `json: cannot unmarshal ${jsonTypeOf(value)} into Go value of type string`
      return mismatch(value, field, GO_TYPES[name] ?? 'string')
    case 'int64':
      if (typeof value === 'number' && Number.isInteger(value)) return undefined
      return typeof value === 'number'
        ? `json: cannot unmarshal number ${value} into Go struct field ${field} of type int64`
        : mismatch(value, field, 'int64')
    case 'map[string]string': {
      if (!isFields(value)) return mismatch(value, field, 'map[string]string')
      const wrong = Object.keys(value)
        .sort()
        .find((key) => typeof value[key] !== 'string' && value[key] !== null)
      return wrong === undefined ? undefined : mismatch(value[wrong], field, 'string')
    }
    case '[]string': {
      if (!Array.isArray(value)) return mismatch(value, field, '[]string')
      const wrong: unknown = value.find((item) => typeof item !== 'string' && item !== null)
      return wrong === undefined ? undefined : mismatch(wrong, field, 'string')
    }
    case 'list': {
      if (!Array.isArray(value)) return mismatch(value, field, GO_TYPES[name] ?? '[]string')
      if (name !== 'ownerReferences') return undefined
      for (const owner of value as readonly unknown[]) {
        if (!isFields(owner)) return mismatch(owner, field, 'v1.OwnerReference')
        for (const key of Object.keys(owner).sort()) {
          const goType = OWNER_FIELDS[key]
          const given = owner[key]
          if (goType === undefined || given === null) continue
          if (goType === 'bool' ? typeof given !== 'boolean' : typeof given !== 'string')
            return mismatch(given, `OwnerReference.metadata.ownerReferences.${key}`, goType)
        }
      }
      return undefined
    }
    default:
      return undefined
  }
}

/** The first wrong type in an object's metadata, as kubectl's own decoder words it. Models cli-runtime's metadataValidatingDecoder. */
export function metadataProblem(object: Readonly<Record<string, unknown>>): string | undefined {
  const { metadata } = object
  if (metadata === null || metadata === undefined) return undefined
  if (!isFields(metadata)) return mismatch(metadata, 'metadataOnlyObject.metadata', 'v1.ObjectMeta')
  for (const name of Object.keys(metadata).sort()) {
    const expected = FIELDS[name]
    const value = metadata[name]
    if (expected === undefined || value === null || value === undefined) continue
    const problem = problemOf(name, expected, value)
    if (problem !== undefined) return problem
  }
  return undefined
}
