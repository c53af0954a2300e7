import { at, type Fields, fields, items, list, sortedEntries, text, texts } from '../fields.ts'
import { decodeBase64Size, decodeBase64Text } from '../base64.ts'
import { rfc1123 } from '../human-time.ts'
import { goValue } from '../printers/go-format.ts'
import { describeEventsOf } from './events.ts'
import { type Describer, labelsAndAnnotations, meta, metadataOf, nameAndNamespace } from './writer.ts'

export const describeConfigMap: Describer = (object, w, context) => {
  nameAndNamespace(object, w)
  labelsAndAnnotations(object, w)
  w.write(0, '\nData\n====\n')
  for (const [key, value] of sortedEntries(object['data'])) w.write(0, `${key}:\n----\n${value}\n\n`)
  w.write(0, '\nBinaryData\n====\n')
  for (const [key, value] of sortedEntries(object['binaryData'])) w.line(0, `${key}: ${decodeBase64Size(value)} bytes`)
  w.write(0, '\n')
  describeEventsOf(object, w, context)
}

export const describeSecret: Describer = (object, w) => {
  const type = text(object['type'])
  nameAndNamespace(object, w)
  labelsAndAnnotations(object, w)
  w.write(0, `\nType:\t${type}\n`)
  w.write(0, '\nData\n====\n')
  for (const [key, value] of sortedEntries(object['data']))
    w.line(
      0,
      `${key}:`,
      key === 'token' && type === 'kubernetes.io/service-account-token'
        ? (decodeBase64Text(value) ?? '')
        : `${decodeBase64Size(value)} bytes`,
    )
}

export const describeServiceAccount: Describer = (object, w, context) => {
  nameAndNamespace(object, w)
  labelsAndAnnotations(object, w)
  const header = 'Image pull secrets:'
  const names = items(object['imagePullSecrets']).map(({ name }) => text(name))
  if (names.length === 0) w.line(0, header, '<none>')
  for (const [index, name] of names.entries()) w.line(0, index === 0 ? header : ' '.repeat(header.length), name)
  describeEventsOf(object, w, context)
}

interface Rule {
  readonly resource: string
  readonly group: string
  readonly urls: readonly string[]
  readonly names: readonly string[]
  readonly verbs: readonly string[]
}

const square = (words: readonly string[]): string => `[${words.join(' ')}]`

/** One rule a resource, rules alike but for their verbs joined. Models kubectl's util/rbac. */
function compactRules(rules: readonly Fields[]): readonly Rule[] {
  const simple = new Map<string, { rule: Rule; verbs: string[] }>()
  const others: Rule[] = []
  for (const rule of rules) {
    const verbs = texts(rule['verbs'])
    const names = texts(rule['resourceNames'])
    const urls = texts(rule['nonResourceURLs'])
    for (const url of urls)
      for (const verb of verbs) others.push({ resource: '', group: '', urls: [url], names: [], verbs: [verb] })
    for (const group of texts(rule['apiGroups']))
      for (const resource of texts(rule['resources']))
        for (const name of names.length === 0 ? [''] : names) {
          const key = `${group}\u0000${resource}\u0000${name}`
          const known = simple.get(key)
          if (known) known.verbs.push(...verbs.filter((verb) => !known.verbs.includes(verb)))
          else
            simple.set(key, {
              rule: { resource, group, urls: [], names: name === '' ? [] : [name], verbs: [] },
              verbs: [...verbs],
            })
        }
  }
  const all = [...others, ...[...simple.values()].map(({ rule, verbs }) => ({ ...rule, verbs }))]
  // As Go prints a rule: by verbs first.
  const keyOf = ({ verbs, group, resource, names, urls }: Rule): string =>
    `Verbs:${square(verbs)},APIGroups:[${group}],Resources:[${resource}],ResourceNames:${square(names)},NonResourceURLs:${square(urls)},}`
  return all.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0))
}

export const describeRole: Describer = (role, w) => {
  w.line(0, 'Name:', meta(role, 'name'))
  labelsAndAnnotations(role, w)
  w.line(0, 'PolicyRule:')
  w.line(1, 'Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs')
  w.line(1, '---------', '-----------------', '--------------', '-----')
  for (const { resource, group, urls, names, verbs } of compactRules(items(role['rules']))) {
    const [plural = '', sub] = resource.split('/')
    w.line(
      1,
      `${plural}${group === '' ? '' : `.${group}`}${sub === undefined ? '' : `/${sub}`}`,
      square(urls),
      square(names),
      square(verbs),
    )
  }
}

export const describeRoleBinding: Describer = (binding, w) => {
  w.line(0, 'Name:', meta(binding, 'name'))
  labelsAndAnnotations(binding, w)
  w.line(0, 'Role:')
  w.line(1, 'Kind:', text(at(binding, 'roleRef.kind')))
  w.line(1, 'Name:', text(at(binding, 'roleRef.name')))
  w.line(0, 'Subjects:')
  w.line(1, 'Kind', 'Name', 'Namespace')
  w.line(1, '----', '----', '---------')
  for (const { kind, name, namespace } of items(binding['subjects'])) w.line(1, text(kind), text(name), text(namespace))
}

const ACRONYMS = new Set(['API', 'URL', 'UID', 'OSB', 'GUID'])

/** `creationTimestamp` → `['creation', 'Timestamp']`, `podIPs` → `['pod', 'I', 'Ps']`. Models fatih/camelcase. */
function camelCaseParts(word: string): readonly string[] {
  const classOf = (char: string): number => (/\p{Ll}/u.test(char) ? 1 : /\p{Lu}/u.test(char) ? 2 : /\p{Nd}/u.test(char) ? 3 : 4)
  const runs: string[] = []
  let last = 0
  for (const char of word) {
    const kind = classOf(char)
    if (kind === last) runs[runs.length - 1] += char
    else runs.push(char)
    last = kind
  }
  for (let i = 0; i < runs.length - 1; i++) {
    if (classOf(runs[i]![0]!) === 2 && classOf(runs[i + 1]![0]!) === 1) {
      runs[i + 1] = runs[i]!.slice(-1) + runs[i + 1]!
      runs[i] = runs[i]!.slice(0, -1)
    }
  }
  return runs.filter((run) => run !== '')
}

function smartLabel(field: string): string {
  if (/[^\p{L}-]/u.test(field)) return field
  return camelCaseParts(field)
    .map((part) => (ACRONYMS.has(part.toUpperCase()) ? part.toUpperCase() : part[0]!.toUpperCase() + part.slice(1).toLowerCase()))
    .join(' ')
}

const SKIPPED = new Set([
  '.metadata.managedFields',
  '.metadata.name',
  '.metadata.namespace',
  '.metadata.labels',
  '.metadata.annotations',
])

/** Whatever has no describer of its own: every field by name. */
export const describeAny: Describer = (object, w, context) => {
  nameAndNamespace(object, w)
  labelsAndAnnotations(object, w)
  const write = (content: Fields, level: number, prefix: string): void => {
    for (const field of Object.keys(content).sort()) {
      const path = `${prefix}.${field}`
      if (SKIPPED.has(path)) continue
      const value = content[field]
      const title = `${smartLabel(field)}:`
      if (Array.isArray(value)) {
        w.line(level, title)
        for (const item of list(value)) {
          if (typeof item === 'object' && item !== null && !Array.isArray(item)) write(fields(item), level + 1, path)
          else w.line(level + 1, goValue(item))
        }
      } else if (typeof value === 'object' && value !== null) {
        w.line(level, title)
        write(fields(value), level + 1, path)
      } else w.line(level, title, goValue(value))
    }
  }
  write(object, 0, '')
  describeEventsOf(object, w, context)
}

export const describeCertificateRequest: Describer = (object, w, context) => {
  const has = (type: string): boolean => items(at(object, 'status.conditions')).some((condition) => condition['type'] === type)
  w.line(0, 'Name:', meta(object, 'name'))
  w.labels('Labels', metadataOf(object)['labels'])
  w.annotations('Annotations', metadataOf(object)['annotations'])
  w.line(0, 'CreationTimestamp:', rfc1123(metadataOf(object)['creationTimestamp']))
  w.line(0, 'Requesting User:', text(at(object, 'spec.username')))
  if (text(at(object, 'spec.signerName')) !== '') w.line(0, 'Signer:', text(at(object, 'spec.signerName')))
  w.line(0, 'Status:', has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending')
  describeEventsOf(object, w, context)
}
