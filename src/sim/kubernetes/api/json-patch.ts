import { equalJson, isObject, type Json } from './json-value.ts'

export type JsonPatchResult = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string }

class JsonPatchError extends Error {}

const fail = (message: string): never => {
  throw new JsonPatchError(message)
}

const pointerOf = (path: unknown): readonly string[] => {
  if (typeof path !== 'string') return fail('operation missing path field')
  if (path === '') return []
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

const missing = (op: string, path: string): never =>
  fail(`${op} operation does not apply: doc is missing path: "${path}": missing value`)

function indexOf(list: readonly unknown[], token: string, op: string, path: string, allowEnd: boolean): number {
  if (token === '-' && allowEnd) return list.length
  const given = Number(token)
  if (!/^-?\d+$/.test(token)) return fail(`${op} operation does not apply: doc is missing key: ${path}: missing value`)
  const index = given < 0 ? list.length + given : given
  if (index < 0 || index > list.length - (allowEnd ? 0 : 1))
    return fail(`Unable to access invalid index: ${given}: invalid index referenced`)
  return index
}

function lookUp(document: unknown, path: string, op: string): unknown {
  let value = document
  for (const token of pointerOf(path)) {
    if (Array.isArray(value)) value = (value as readonly unknown[])[indexOf(value, token, op, path, false)]
    else if (isObject(value) && token in value) value = value[token]
    else return missing(op, path)
  }
  return value
}

/** Rebuilds the parents of one place; everything else is shared. */
function change(
  document: unknown,
  tokens: readonly string[],
  op: string,
  path: string,
  edit: { object(parent: Json, key: string): Json; list(parent: readonly unknown[], token: string): readonly unknown[] },
): unknown {
  const [token, ...rest] = tokens
  if (token === undefined) return fail(`${op} operation does not apply to the whole document`)
  if (Array.isArray(document)) {
    if (rest.length === 0) return edit.list(document, token)
    const index = indexOf(document, token, op, path, false)
    return (document as readonly unknown[]).map((item, i) => (i === index ? change(item, rest, op, path, edit) : item))
  }
  if (!isObject(document)) return missing(op, path)
  if (rest.length === 0) return edit.object(document, token)
  if (!(token in document)) return missing(op, path)
  return { ...document, [token]: change(document[token], rest, op, path, edit) }
}

const add = (document: unknown, path: string, value: unknown, op = 'add'): unknown => {
  const tokens = pointerOf(path)
  if (tokens.length === 0) return value
  return change(document, tokens, op, path, {
    object: (parent, key) => ({ ...parent, [key]: value }),
    list: (parent, token) => parent.toSpliced(indexOf(parent, token, op, path, true), 0, value),
  })
}

const remove = (document: unknown, path: string, op = 'remove'): unknown =>
  change(document, pointerOf(path), op, path, {
    object: (parent, key) => {
      if (!(key in parent)) return fail(`${op} operation does not apply: unable to remove nonexistent key: ${key}: missing value`)
      const { [key]: _, ...rest } = parent
      return rest
    },
    list: (parent, token) => parent.toSpliced(indexOf(parent, token, op, path, false), 1),
  })

const replace = (document: unknown, path: string, value: unknown): unknown => {
  const tokens = pointerOf(path)
  if (tokens.length === 0) return value
  return change(document, tokens, 'replace', path, {
    object: (parent, key) => {
      if (!(key in parent)) return fail(`replace operation does not apply: doc is missing key: ${path}: missing value`)
      return { ...parent, [key]: value }
    },
    list: (parent, token) => parent.with(indexOf(parent, token, 'replace', path, false), value),
  })
}

/** Applies an RFC 6902 patch; all or nothing. Models evanphx/json-patch v4. */
export function applyJsonPatch(document: unknown, operations: readonly unknown[]): JsonPatchResult {
  try {
    let value = document
    for (const operation of operations) {
      if (!isObject(operation)) return fail('Unexpected kind: unknown')
      const { op, path } = operation
      const from = typeof operation['from'] === 'string' ? operation['from'] : ''
      if (typeof path !== 'string') return fail('operation missing path field')
      switch (op) {
        case 'add':
          value = add(value, path, operation['value'] ?? null)
          break
        case 'remove':
          value = remove(value, path)
          break
        case 'replace':
          value = replace(value, path, operation['value'] ?? null)
          break
        case 'move': {
          const moved = lookUp(value, from, 'move')
          value = add(remove(value, from, 'move'), path, moved, 'move')
          break
        }
        case 'copy':
          value = add(value, path, lookUp(value, from, 'copy'), 'copy')
          break
        case 'test':
          if (!equalJson(lookUp(value, path, 'test'), operation['value'] ?? null))
            return fail(`testing value ${path} failed: test failed`)
          break
        default:
          return fail(`Unexpected kind: ${typeof op === 'string' ? op : 'unknown'}`)
      }
    }
    return { ok: true, value }
  } catch (error) {
    if (error instanceof JsonPatchError) return { ok: false, message: error.message }
    throw error
  }
}
