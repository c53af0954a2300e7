import type { AnyObject, LabelSelector } from './types.ts'

/** One requirement of a label selector; several are joined by "and". Models apimachinery pkg/labels. */
export interface Requirement {
  readonly key: string
  readonly operator: '=' | '==' | '!=' | 'in' | 'notin' | 'exists' | '!' | 'gt' | 'lt'
  /** Sorted. */
  readonly values: readonly string[]
}
/** No requirements match everything. */
export type Selector = readonly Requirement[]

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly message: string }

type Labels = Readonly<Record<string, string>>

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

// Lexer -------------------------------------------------------------------------------------------------------------

type TokenType = 'identifier' | '=' | '==' | '!=' | '!' | '(' | ')' | ',' | '>' | '<' | 'in' | 'notin' | 'end'
interface Token {
  readonly type: TokenType
  readonly text: string
}

const SYMBOLS: ReadonlySet<string> = new Set(['=', '==', '!=', '!', '(', ')', ',', '>', '<'])
const isSymbol = (c: string): boolean => '=!(),><'.includes(c)

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = []
  let i = 0
  while (i < text.length) {
    const c = text[i]!
    if (' \t\r\n'.includes(c)) {
      i += 1
      continue
    }
    let j = i + 1
    if (isSymbol(c)) {
      while (j < text.length && isSymbol(text[j]!) && SYMBOLS.has(text.slice(i, j + 1))) j += 1
      const symbol = text.slice(i, j)
      tokens.push({ type: symbol as TokenType, text: symbol })
    } else {
      while (j < text.length && !isSymbol(text[j]!) && !' \t\r\n'.includes(text[j]!)) j += 1
      const word = text.slice(i, j)
      tokens.push({ type: word === 'in' || word === 'notin' ? word : 'identifier', text: word })
    }
    i = j
  }
  tokens.push({ type: 'end', text: '' })
  return tokens
}

class SelectorError extends Error {}

/** Parses `-l` syntax: `app=web,tier in (a,b),!old`. */
export function parseSelector(text: string): Parsed<Selector> {
  const tokens = tokenize(text)
  let position = 0
  const peek = (): Token => tokens[position]!
  const peekWord = (): Token =>
    peek().type === 'in' || peek().type === 'notin' ? { type: 'identifier', text: peek().text } : peek()
  const next = (): Token => tokens[position < tokens.length - 1 ? position++ : position]!
  const fail = (message: string): never => {
    throw new SelectorError(message)
  }

  const parseKey = (): { key: string; operator?: '!' | 'exists' } => {
    let negated = false
    if (peek().type === '!') {
      next()
      negated = true
    }
    const token = peekWord()
    if (token.type !== 'identifier') fail(`found '${token.text}', expected: identifier`)
    next()
    if (negated) return { key: token.text, operator: '!' }
    return peek().type === 'end' || peek().type === ',' ? { key: token.text, operator: 'exists' } : { key: token.text }
  }
  const parseValues = (): readonly string[] => {
    if (next().type !== '(') fail(`found '${tokens[position - 1]!.text}' expected: '('`)
    const values = new Set<string>()
    if (peek().type === ')') {
      next()
      return ['']
    }
    for (;;) {
      const token = peekWord()
      if (token.type === 'identifier') {
        values.add(token.text)
        next()
      } else if (token.type === ',' || token.type === ')') values.add('')
      else fail(`found '${token.text}', expected: ',', ')' or identifier`)
      const separator = next()
      if (separator.type === ')') return [...values].sort(byText)
      if (separator.type !== ',') fail(`found '${separator.text}', expected: ',' or ')'`)
    }
  }
  const parseValue = (): string => {
    const token = peekWord()
    if (token.type === 'end' || token.type === ',') return ''
    if (token.type !== 'identifier') fail(`found '${token.text}', expected: identifier`)
    next()
    return token.text
  }
  const parseRequirement = (): Requirement => {
    const { key, operator } = parseKey()
    if (operator) return { key, operator, values: [] }
    const token = next()
    switch (token.type) {
      case 'in':
      case 'notin':
        return { key, operator: token.type, values: parseValues() }
      case '=':
      case '==':
      case '!=':
        return { key, operator: token.type, values: [parseValue()] }
      case '>':
      case '<':
        return { key, operator: token.type === '>' ? 'gt' : 'lt', values: [parseValue()] }
      default:
        return fail(`found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`)
    }
  }

  try {
    const requirements: Requirement[] = []
    if (peek().type === 'end') return { ok: true, value: requirements }
    for (;;) {
      if (peekWord().type !== 'identifier' && peek().type !== '!')
        fail(`found '${peek().text}', expected: !, identifier, or 'end of string'`)
      const requirement = parseRequirement()
      const problem = requirementProblem(requirement)
      if (problem) fail(problem)
      requirements.push(requirement)
      const separator = next()
      if (separator.type === 'end') break
      if (separator.type !== ',') fail(`found '${separator.text}', expected: ',' or 'end of string'`)
      if (peekWord().type !== 'identifier' && peek().type !== '!') fail(`found '${peek().text}', expected: identifier after ','`)
    }
    return { ok: true, value: requirements.sort((a, b) => byText(a.key, b.key)) }
  } catch (error) {
    if (error instanceof SelectorError) return { ok: false, message: `unable to parse requirement: ${error.message}` }
    throw error
  }
}

const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/
const LABEL_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const NAME_MESSAGE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const VALUE_MESSAGE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const PREFIX_MESSAGE =
  "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

function requirementProblem({ key, values }: Requirement): string | undefined {
  const slash = key.indexOf('/')
  const name = slash < 0 ? key : key.slice(slash + 1)
  if (slash >= 0 && !SUBDOMAIN.test(key.slice(0, slash))) return `key: Invalid value: ${JSON.stringify(key)}: ${PREFIX_MESSAGE}`
  if (!LABEL_NAME.test(name)) return `key: Invalid value: ${JSON.stringify(key)}: ${NAME_MESSAGE}`
  if (name.length > 63) return `key: Invalid value: ${JSON.stringify(key)}: name part must be no more than 63 bytes`
  for (const [i, value] of values.entries()) {
    if (value.length > 63) return `values[${i}][${key}]: Invalid value: ${JSON.stringify(value)}: must be no more than 63 bytes`
    if (!LABEL_VALUE.test(value)) return `values[${i}][${key}]: Invalid value: ${JSON.stringify(value)}: ${VALUE_MESSAGE}`
  }
  return undefined
}

// Objects -----------------------------------------------------------------------------------------------------------

/** `matchLabels` as a plain map, as Services and ReplicationControllers write it. */
export const selectorOfLabels = (labels: Labels | undefined): Selector =>
  Object.keys(labels ?? {})
    .sort(byText)
    .map((key) => ({ key, operator: '=', values: [labels![key]!] }))

const OPERATORS = { In: 'in', NotIn: 'notin', Exists: 'exists', DoesNotExist: '!' } as const

/** An empty selector matches everything; an absent one (undefined here, too) matches nothing. */
export function selectorOf(selector: LabelSelector | undefined | null): Selector | undefined {
  if (!selector) return undefined
  const requirements: Requirement[] = [...selectorOfLabels(selector.matchLabels)]
  for (const { key, operator, values = [] } of selector.matchExpressions ?? [])
    requirements.push({ key, operator: OPERATORS[operator], values: [...values].sort(byText) })
  return requirements.sort((a, b) => byText(a.key, b.key))
}

const has = (labels: Labels, key: string): boolean => Object.hasOwn(labels, key)

function meets(labels: Labels, { key, operator, values }: Requirement): boolean {
  switch (operator) {
    case '=':
    case '==':
    case 'in':
      return has(labels, key) && values.includes(labels[key]!)
    case '!=':
    case 'notin':
      return !has(labels, key) || !values.includes(labels[key]!)
    case 'exists':
      return has(labels, key)
    case '!':
      return !has(labels, key)
    case 'gt':
      return has(labels, key) && Number.parseInt(labels[key]!, 10) > Number.parseInt(values[0] ?? '', 10)
    case 'lt':
      return has(labels, key) && Number.parseInt(labels[key]!, 10) < Number.parseInt(values[0] ?? '', 10)
  }
}

const NO_LABELS: Labels = {}

export function matchesSelector(selector: Selector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return false
  const present = labels ?? NO_LABELS
  for (const requirement of selector) if (!meets(present, requirement)) return false
  return true
}

/** Whether a `LabelSelector` object selects these labels, without building a selector: for hot paths. */
export function matchesLabelSelector(selector: LabelSelector | undefined | null, labels: Labels | undefined): boolean {
  if (!selector) return false
  const present = labels ?? NO_LABELS
  const wanted = selector.matchLabels
  for (const key in wanted) if (present[key] !== wanted[key]) return false
  for (const { key, operator, values = [] } of selector.matchExpressions ?? [])
    if (!meets(present, { key, operator: OPERATORS[operator], values })) return false
  return true
}

/** Whether a plain map of labels is contained in `labels`; an empty or absent map selects nothing. */
export function matchesLabels(wanted: Labels | undefined, labels: Labels | undefined): boolean {
  if (!wanted) return false
  let isEmpty = true
  for (const key in wanted) {
    if (labels?.[key] !== wanted[key]) return false
    isEmpty = false
  }
  return !isEmpty
}

// Printing ----------------------------------------------------------------------------------------------------------

const printRequirement = ({ key, operator, values }: Requirement): string => {
  switch (operator) {
    case 'exists':
      return key
    case '!':
      return `!${key}`
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.join(',')})`
    case 'gt':
      return `${key}>${values.join(',')}`
    case 'lt':
      return `${key}<${values.join(',')}`
    default:
      return `${key}${operator}${values.join(',')}`
  }
}

/** `app=web,tier in (a,b)`; the empty text for the empty selector. */
export const printSelector = (selector: Selector): string => selector.map(printRequirement).join(',')

/** As tables and describe show a `LabelSelector`. Models metav1.FormatLabelSelector. */
export const printLabelSelector = (selector: LabelSelector | undefined | null): string =>
  printSelector(selectorOf(selector) ?? []) || '<none>'

/** As `describe` shows labels used as a selector. Models labels.FormatLabels. */
export const printLabels = (labels: Labels | undefined): string => printSelector(selectorOfLabels(labels)) || '<none>'

// Field selectors ---------------------------------------------------------------------------------------------------

export interface FieldRequirement {
  readonly field: string
  readonly operator: '=' | '!='
  readonly value: string
}

/** Parses `--field-selector`: `status.phase=Running,spec.nodeName!=n1`. */
export function parseFieldSelector(text: string): Parsed<readonly FieldRequirement[]> {
  const requirements: FieldRequirement[] = []
  for (const term of text.split(/(?<!\\),/)) {
    if (term === '') continue
    const match = /^([^=!]*)(!=|==|=)(.*)$/s.exec(term)
    if (!match) return { ok: false, message: `invalid selector: '${text}'; can't understand '${term}'` }
    const value = match[3]!.replaceAll(/\\([\\,=])/g, '$1')
    requirements.push({ field: match[1]!, operator: match[2] === '!=' ? '!=' : '=', value })
  }
  return { ok: true, value: requirements }
}

const text = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : ''

type FieldReader = (object: AnyObject) => string

const at =
  (...path: readonly string[]): FieldReader =>
  (object) => {
    let value: unknown = object
    for (const field of path) value = (value as Record<string, unknown> | undefined | null)?.[field]
    return text(value)
  }
const flag =
  (...path: readonly string[]): FieldReader =>
  (object) =>
    at(...path)(object) || 'false'

/** What a selector may ask of each resource beyond its name and namespace. */
const FIELDS: Readonly<Record<string, Readonly<Record<string, FieldReader>>>> = {
  pods: {
    'spec.nodeName': at('spec', 'nodeName'),
    'spec.restartPolicy': at('spec', 'restartPolicy'),
    'spec.schedulerName': at('spec', 'schedulerName'),
    'spec.serviceAccountName': at('spec', 'serviceAccountName'),
    'spec.hostNetwork': flag('spec', 'hostNetwork'),
    'status.phase': at('status', 'phase'),
    'status.podIP': at('status', 'podIP'),
    'status.nominatedNodeName': at('status', 'nominatedNodeName'),
  },
  events: {
    'involvedObject.kind': at('involvedObject', 'kind'),
    'involvedObject.namespace': at('involvedObject', 'namespace'),
    'involvedObject.name': at('involvedObject', 'name'),
    'involvedObject.uid': at('involvedObject', 'uid'),
    'involvedObject.apiVersion': at('involvedObject', 'apiVersion'),
    'involvedObject.resourceVersion': at('involvedObject', 'resourceVersion'),
    'involvedObject.fieldPath': at('involvedObject', 'fieldPath'),
    reason: at('reason'),
    reportingComponent: at('reportingComponent'),
    source: (object) => at('source', 'component')(object) || at('reportingComponent')(object),
    type: at('type'),
  },
  'events.events.k8s.io': {
    'regarding.kind': at('regarding', 'kind'),
    'regarding.namespace': at('regarding', 'namespace'),
    'regarding.name': at('regarding', 'name'),
    'regarding.uid': at('regarding', 'uid'),
    reason: at('reason'),
    reportingController: at('reportingController'),
    type: at('type'),
  },
  nodes: { 'spec.unschedulable': flag('spec', 'unschedulable') },
  namespaces: { 'status.phase': at('status', 'phase') },
  secrets: { type: at('type') },
  services: { 'spec.clusterIP': at('spec', 'clusterIP'), 'spec.type': at('spec', 'type') },
  replicationcontrollers: { 'status.replicas': (object) => at('status', 'replicas')(object) || '0' },
  'replicasets.apps': { 'status.replicas': (object) => at('status', 'replicas')(object) || '0' },
  'jobs.batch': { 'status.successful': (object) => at('status', 'succeeded')(object) || '0' },
  'certificatesigningrequests.certificates.k8s.io': { 'spec.signerName': at('spec', 'signerName') },
}

const OWN_FIELDS: Readonly<Record<string, FieldReader>> = {
  'metadata.name': at('metadata', 'name'),
  'metadata.namespace': at('metadata', 'namespace'),
}

/** A test for objects of `resource`, or the API's own words for a field that it cannot select by. */
export function fieldMatcher(
  resource: { readonly key: string; readonly namespaced: boolean; readonly isCustom?: boolean },
  selector: readonly FieldRequirement[],
): Parsed<(object: AnyObject) => boolean> {
  const readers: { readonly read: FieldReader; readonly requirement: FieldRequirement }[] = []
  for (const requirement of selector) {
    const { field } = requirement
    const own = field === 'metadata.namespace' && !resource.namespaced ? undefined : OWN_FIELDS[field]
    const read = own ?? FIELDS[resource.key]?.[field]
    if (!read)
      return {
        ok: false,
        message:
          FIELDS[resource.key] && resource.key !== 'services' && resource.key !== 'secrets'
            ? `field label not supported: ${field}`
            : `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`,
      }
    readers.push({ read, requirement })
  }
  return {
    ok: true,
    value: (object) =>
      readers.every(({ read, requirement }) => (read(object) === requirement.value) === (requirement.operator === '=')),
  }
}
