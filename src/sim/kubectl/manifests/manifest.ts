import { isFields } from '../fields.ts'
import { parseGoJson } from './go-json.ts'
import { parseGoYaml } from './go-yaml.ts'

/** One document of a manifest file. */
export interface ManifestDocument {
  /** 1-based line in the file where its text begins. */
  readonly line: number
  readonly value: unknown
  /** 1-based line in the file of a field; of its nearest parent when it is not there. */
  lineOf(path: readonly (string | number)[]): number
}

export interface ManifestError {
  /** In kubectl's words. */
  readonly message: string
  readonly line: number
}

export interface ManifestStream {
  readonly documents: readonly ManifestDocument[]
  /** What stopped the reading; the documents before it are good. */
  readonly error?: ManifestError
}

interface Chunk {
  readonly text: string
  readonly line: number
}

/** Splits at lines that begin with `---`. Models apimachinery's YAMLReader. */
function chunksOf(text: string, firstLine: number): { readonly chunks: readonly Chunk[]; readonly error?: ManifestError } {
  const chunks: Chunk[] = []
  let buffer: string[] = []
  let start = firstLine
  const flush = (): void => {
    if (buffer.length > 0) chunks.push({ text: buffer.map((line) => `${line}\n`).join(''), line: start })
    buffer = []
  }
  const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
  for (const [index, raw] of lines.entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (line.startsWith('---')) {
      const rest = line.slice(3).trim()
      if (rest !== '' && !rest.startsWith('#'))
        return { chunks, error: { message: `invalid Yaml document separator: ${rest}`, line: firstLine + index } }
      if (buffer.length > 0) {
        flush()
        start = firstLine + index + 1
        continue
      }
    }
    if (buffer.length === 0) start = firstLine + index
    buffer.push(line)
  }
  flush()
  return { chunks }
}

const lineAt = (text: string, offset: number): number => text.slice(0, offset).split('\n').length

/** A JSON document is valid YAML, too: that is where the lines of its fields come from. */
function jsonDocument(text: string, from: number, end: number, value: unknown): ManifestDocument {
  const line = lineAt(text, from)
  let lines: ReturnType<typeof parseGoYaml> | undefined
  return {
    line,
    value,
    lineOf: (path) => {
      lines ??= parseGoYaml(text.slice(from, end))
      return line + ((lines.ok ? lines.lineOf(path) : undefined) ?? 1) - 1
    },
  }
}

/**
 * Reads a file of YAML or JSON documents as kubectl does: JSON first if it looks like it, then YAML for good. Empty documents are left
 * out. Models apimachinery's YAMLOrJSONDecoder.
 */
export function readManifests(source: string): ManifestStream {
  const text = source.replace(/^\uFEFF/, '')
  const documents: ManifestDocument[] = []
  let from = 0
  let firstError: ManifestError | undefined
  if (/^\s*\{/.test(text)) {
    let count = 0
    for (;;) {
      from += /^\s*/.exec(text.slice(from))![0].length
      if (from >= text.length) return { documents }
      const read = parseGoJson(text, { from, stream: true })
      if (!read.ok) {
        firstError = {
          message: /^unexpected EOF$/.test(read.message) ? read.message : `json: offset ${read.offset}: ${read.message}`,
          line: lineAt(text, read.offset),
        }
        if (count > 1) return { documents, error: { message: read.message, line: firstError.line } }
        break
      }
      count += 1
      documents.push(jsonDocument(text, from, read.end, read.value))
      from = read.end
    }
  }
  const { chunks, error } = chunksOf(text.slice(from), lineAt(text, from))
  for (const chunk of chunks) {
    const read = parseGoYaml(chunk.text)
    if (!read.ok) {
      const found = { message: `error converting YAML to JSON: ${read.message}`, line: chunk.line + read.line - 1 }
      return { documents, error: firstError ?? found }
    }
    firstError = undefined
    if (read.value === null) continue
    documents.push({
      line: chunk.line,
      value: read.value,
      lineOf: (path) => chunk.line + (read.lineOf(path) ?? 1) - 1,
    })
  }
  return { documents, ...(error ? { error: firstError ?? error } : {}) }
}

export interface ManifestEntry {
  readonly file: string
  readonly line: number
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly document: ManifestDocument
  /** Where the object is in its document: empty, or the item of a List. */
  readonly path: readonly (string | number)[]
}

export interface ManifestIndex {
  readonly entries: readonly ManifestEntry[]
  readonly error?: ManifestError & { readonly file: string }
}

/** What a file holds and on which line: for an editor's outline and for placing diagnostics. Lists are expanded. */
export function indexManifests(file: string, text: string): ManifestIndex {
  const { documents, error } = readManifests(text)
  const entries: ManifestEntry[] = []
  const add = (document: ManifestDocument, value: unknown, path: readonly (string | number)[]): void => {
    if (!isFields(value)) return
    const { items, apiVersion, kind, metadata } = value
    if (Array.isArray(items)) {
      for (const [index, item] of items.entries()) add(document, item, [...path, 'items', index])
      return
    }
    const textOf = (field: unknown): string => (typeof field === 'string' ? field : '')
    const meta = isFields(metadata) ? metadata : {}
    entries.push({
      file,
      line: document.lineOf(path),
      apiVersion: textOf(apiVersion),
      kind: textOf(kind),
      namespace: textOf(meta['namespace']),
      name: textOf(meta['name']) || textOf(meta['generateName']),
      document,
      path,
    })
  }
  for (const document of documents) add(document, document.value, [])
  return { entries, ...(error ? { error: { ...error, file } } : {}) }
}
