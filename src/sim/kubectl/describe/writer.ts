import type { Api } from '../../kubernetes/api/client.ts'
import { type Fields, at, fields, items, sortedEntries, text } from '../fields.ts'
import { goSort } from '../../kernel/go-sort.ts'
import { DESCRIBE_TABS, tabulate } from '../printers/tab-writer.ts'

/** What a describer may look at besides its object. */
export interface DescribeContext {
  readonly api: Api
  readonly nowMs: number
  readonly showEvents: boolean
}

/** Writes the description of one object, or fails with a message. */
export type Describer = (object: Fields, w: DescribeWriter, context: DescribeContext) => void

/** Annotations longer than this go on lines of their own. */
export const ANNOTATION_LENGTH_MAX = 140
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const INDENT = '  '

/** Tab-separated text whose columns are set when it is done. Models kubectl's PrefixWriter over a tabwriter. */
export class DescribeWriter {
  #done = ''
  #open = ''

  /** Adds text at an indentation level; it ends no line by itself. */
  write(level: number, content: string): void {
    this.#open += (INDENT.repeat(level) + content).replaceAll('\u001b', '^[').replaceAll('\r', '\\r')
  }

  line(level: number, ...cells: readonly (string | number)[]): void {
    this.write(level, `${cells.join('\t')}\n`)
  }

  /** Columns begin anew from here. */
  flush(): void {
    this.#done += tabulate(this.#open, DESCRIBE_TABS)
    this.#open = ''
  }

  /** What was written, tabs and all. */
  raw(): string {
    return this.#done + this.#open
  }

  toString(): string {
    this.flush()
    return this.#done
  }

  /** A title and one line for each entry, the further ones under the first. */
  multiline(title: string, lines: readonly string[], initial = ''): void {
    this.write(0, `${initial}${title}:\t`)
    if (lines.length === 0) this.write(0, '<none>\n')
    for (const [index, line] of lines.entries()) this.write(0, `${index === 0 ? '' : `${initial}\t`}${line}\n`)
  }

  labels(title: string, labels: unknown, initial = ''): void {
    this.multiline(
      title,
      sortedEntries(labels).map(([key, value]) => `${key}=${value}`),
      initial,
    )
  }

  annotations(title: string, annotations: unknown): void {
    const entries = sortedEntries(annotations).filter(([key]) => key !== LAST_APPLIED)
    this.write(0, `${title}:\t`)
    if (entries.length === 0) this.write(0, '<none>\n')
    for (const [index, [key, whole]] of entries.entries()) {
      if (index > 0) this.write(0, '\t')
      const value = whole.endsWith('\n') ? whole.slice(0, -1) : whole
      if (value.length + key.length + 2 > ANNOTATION_LENGTH_MAX || value.includes('\n')) {
        this.write(0, `${key}:\n`)
        for (const line of value.split('\n'))
          this.write(
            0,
            `\t  ${line.length > ANNOTATION_LENGTH_MAX - 2 ? `${line.slice(0, ANNOTATION_LENGTH_MAX - 2)}...` : line}\n`,
          )
      } else this.write(0, `${key}: ${value}\n`)
    }
  }

  taints(title: string, taints: unknown): void {
    const keyOf = (taint: Fields): string => `${text(taint['effect'])},${text(taint['key'])}`
    const sorted = goSort(items(taints), (a, b) => keyOf(a) < keyOf(b))
    this.multiline(title, sorted.map(taintText))
  }

  tolerations(title: string, tolerations: unknown): void {
    const sorted = goSort(items(tolerations), (a, b) => text(a['key']) < text(b['key']))
    this.multiline(title, sorted.map(tolerationText))
  }
}

function taintText(taint: Fields): string {
  const key = text(taint['key'])
  const value = text(taint['value'])
  const effect = text(taint['effect'])
  if (effect === '') return value === '' ? key : `${key}=${value}:`
  return value === '' ? `${key}:${effect}` : `${key}=${value}:${effect}`
}

function tolerationText(toleration: Fields): string {
  const key = text(toleration['key'])
  const value = text(toleration['value'])
  const effect = text(toleration['effect'])
  let out = key
  if (value !== '') out += `=${value}`
  if (effect !== '') out += `:${effect}`
  if (toleration['operator'] === 'Exists' && value === '') out += key !== '' || effect !== '' ? ' op=Exists' : 'op=Exists'
  const seconds = toleration['tolerationSeconds']
  return typeof seconds === 'number' ? `${out} for ${seconds}s` : out
}

export const metadataOf = (object: Fields): Fields => fields(object['metadata'])
export const meta = (object: Fields, name: string): string => text(metadataOf(object)[name])

/** `ReplicaSet/web-abc`; '' for none. */
export function controllerOf(object: Fields): string {
  const owner = items(at(object, 'metadata.ownerReferences')).find(({ controller }) => controller === true)
  return owner ? `${text(owner['kind'])}/${text(owner['name'])}` : ''
}

export const nameAndNamespace = (object: Fields, w: DescribeWriter): void => {
  w.line(0, 'Name:', meta(object, 'name'))
  w.line(0, 'Namespace:', meta(object, 'namespace'))
}

export const labelsAndAnnotations = (object: Fields, w: DescribeWriter): void => {
  w.labels('Labels', metadataOf(object)['labels'])
  w.annotations('Annotations', metadataOf(object)['annotations'])
}
