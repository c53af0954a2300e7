import { type Document, isMap, isNode, LineCounter, parseAllDocuments } from 'yaml'
import { type Scenario, scenarioSchema } from './schema.ts'
import { MAX_YAML_DEPTH, MAX_YAML_LENGTH, refuseYaml } from './yaml-guard.ts'

/** A problem in a scenario file: where, what was expected, what came, what to do. */
export interface Problem {
  readonly severity: 'error' | 'warning'
  /** Offsets in the text. */
  readonly from: number
  readonly to: number
  /** From 1. */
  readonly line: number
  readonly column: number
  /** `spec.goals[0].within` */
  readonly path: string
  readonly message: string
  readonly hint?: string
}

export interface ParsedScenario {
  /** Absent: plain manifests on the default cluster. */
  readonly scenario: Scenario | undefined
  /** The other documents, verbatim, as `kubectl apply -f` takes them; lines keep their numbers. */
  readonly manifests: string
  readonly problems: readonly Problem[]
  /** Where a field of the Scenario stands; of its nearest ancestor when it is not there. */
  readonly locate: (path: readonly (string | number)[]) => Place
}

export type Place = Pick<Problem, 'from' | 'to' | 'line' | 'column' | 'path'>

/** Reads a scenario file: a YAML stream with at most one Scenario document. Every problem is reported at once. */
export function parseScenario(source: string): ParsedScenario {
  const refusal = refuseYaml(source)
  if (refusal) {
    const message =
      refusal.type === 'too-large'
        ? `expected at most ${MAX_YAML_LENGTH} characters, received ${refusal.length}`
        : `expected at most ${MAX_YAML_DEPTH} levels of nesting, received ${refusal.depth}`
    return {
      scenario: undefined,
      manifests: '',
      problems: [{ severity: 'error', ...NOWHERE, message, hint: 'split the file' }],
      locate: () => NOWHERE,
    }
  }
  const lines = new LineCounter()
  const problems: Problem[] = []
  const place = ([from, to]: readonly [number, number], path: string): Place => {
    const { line, col } = lines.linePos(from)
    return { from, to: Math.max(from, to), line, column: col, path }
  }
  const problem = (
    severity: Problem['severity'],
    range: readonly [number, number],
    path: string,
    message: string,
    hint?: string,
  ): void => {
    problems.push({ severity, ...place(range, path), message, ...(hint === undefined ? {} : { hint }) })
  }
  let own: Document | undefined
  const documents = parseAllDocuments(source, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
  let scenario: Scenario | undefined
  let manifests = source
  for (const document of Array.isArray(documents) ? documents : []) {
    if (!isScenario(document)) continue
    const [from, , to] = document.range
    for (const error of document.errors) problem('error', error.pos, '', error.message)
    // The Scenario's own lines are blanked out, so that what kubectl says about the rest has the right line numbers.
    manifests = manifests.slice(0, from) + source.slice(from, to).replaceAll(/[^\n]/g, ' ') + manifests.slice(to)
    if (document.errors.length > 0) continue
    if (scenario) problem('error', [from, from], '', 'expected one Scenario document in a file, received another')
    const value = unfold(document)
    if (value === undefined) {
      problem('error', [from, to], '', 'expected at most 100 uses of aliases, received more', 'write the repeated parts out')
      continue
    }
    const result = scenarioSchema.safeParse(value)
    if (result.success) {
      scenario = result.data
      own = document
      continue
    }
    for (const issue of result.error.issues) {
      const path = issue.path as (string | number)[]
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) {
          const whole = [...path, key]
          problem(
            'error',
            rangeOf(document, whole),
            pathText(whole),
            'unknown field',
            `expected a field of the scenario format, received "${key}"`,
          )
        }
        continue
      }
      problem('error', rangeOf(document, path), pathText(path), issueText(issue, document.getIn(path)))
    }
  }
  return {
    scenario,
    manifests: manifests.trim() === '' ? '' : manifests,
    problems,
    locate: (path) => (own ? place(rangeOf(own, path), pathText(path)) : NOWHERE),
  }
}

const NOWHERE: Place = { from: 0, to: 0, line: 1, column: 1, path: '' }

function isScenario(document: Document): boolean {
  if (!isMap(document.contents)) return false
  return document.get('kind') === 'Scenario' && JSON.stringify(document.get('apiVersion') ?? '').startsWith('"clusterlab.dev/')
}

/** The document as plain data; undefined for an alias bomb. */
function unfold(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown
  } catch {
    return undefined
  }
}

/** Range of the node at a path, or of its nearest ancestor. */
function rangeOf(document: Document, path: readonly (string | number)[]): readonly [number, number] {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
    if (isNode(node) && node.range) return [node.range[0], node.range[1]]
  }
  return [0, 0]
}

const pathText = (path: readonly (string | number)[]): string =>
  path.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('')

interface Issue {
  readonly code: string
  readonly expected?: string
  readonly values?: readonly unknown[]
  readonly pattern?: string
  readonly minimum?: unknown
  readonly maximum?: unknown
}

function issueText(issue: unknown, received: unknown): string {
  const { code, expected, values, pattern, minimum, maximum } = issue as Issue
  const got = received === undefined ? 'nothing' : isNode(received) ? 'a structure' : JSON.stringify(received)
  switch (code) {
    case 'invalid_type':
      return `expected ${expected}, received ${got}`
    case 'invalid_value':
      return `expected ${(values ?? []).map((value) => JSON.stringify(value)).join(' or ')}, received ${got}`
    case 'invalid_format':
      return `expected a text that matches ${pattern}, received ${got}`
    case 'too_small':
      return `expected at least ${String(minimum)}, received ${got}`
    case 'too_big':
      return `expected at most ${String(maximum)}, received ${got}`
    default:
      return `expected another value, received ${got} (${code.replaceAll('_', ' ')})`
  }
}
