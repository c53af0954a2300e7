/** Shapes of names, labels and addresses, and what the API says of text that has another. Models apimachinery pkg/util/validation (v1.35). */

const LABEL_SHAPE = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const SUBDOMAIN_SHAPE = `${LABEL_SHAPE}(\\.${LABEL_SHAPE})*`
const DNS_1035_SHAPE = '[a-z]([-a-z0-9]*[a-z0-9])?'
const QUALIFIED_SHAPE = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'

const whole = (shape: string): RegExp => new RegExp(`^(?:${shape})$`)
const LABEL = whole(LABEL_SHAPE)
const SUBDOMAIN = whole(SUBDOMAIN_SHAPE)
const DNS_1035 = whole(DNS_1035_SHAPE)
const QUALIFIED = whole(QUALIFIED_SHAPE)
const LABEL_VALUE = whole(`(${QUALIFIED_SHAPE})?`)
const WILDCARD = whole(`\\*\\.${SUBDOMAIN_SHAPE}`)

function regexMessage(message: string, shape: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${shape}')`
  const listed = examples.map((example, i) =>
    i === 0 ? `'${example}', ` : i < examples.length - 1 ? ` or '${example}', ` : ` or '${example}', `,
  )
  return `${message} (e.g. ${listed.join('')}regex used for validation is '${shape}')`
}

const LABEL_MESSAGE = regexMessage(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  LABEL_SHAPE,
  'my-name',
  '123-abc',
)
const SUBDOMAIN_MESSAGE = regexMessage(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  SUBDOMAIN_SHAPE,
  'example.com',
)
const DNS_1035_MESSAGE = regexMessage(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  DNS_1035_SHAPE,
  'my-name',
  'abc-123',
)
const QUALIFIED_MESSAGE = regexMessage(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  QUALIFIED_SHAPE,
  'MyName',
  'my.name',
  '123-abc',
)
const LABEL_VALUE_MESSAGE = regexMessage(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  `(${QUALIFIED_SHAPE})?`,
  'MyValue',
  'my_value',
  '12345',
)
const WILDCARD_MESSAGE = regexMessage(
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  `\\*\\.${SUBDOMAIN_SHAPE}`,
  '*.example.com',
)

const bytesOf = (text: string): number => {
  let bytes = 0
  for (const c of text) {
    const code = c.codePointAt(0)!
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4
  }
  return bytes
}

const maxCharacters = (max: number): string => `must be no more than ${max} characters`
const maxBytes = (max: number): string => `must be no more than ${max} bytes`

/** Each returns what is wrong; nothing for good text. */
export type NameCheck = (value: string) => readonly string[]

export const isDns1123Label: NameCheck = (value) => {
  const problems: string[] = []
  if (bytesOf(value) > 63) problems.push(maxCharacters(63))
  if (!LABEL.test(value)) problems.push(SUBDOMAIN.test(value) ? 'must not contain dots' : LABEL_MESSAGE)
  return problems
}

export const isDns1123Subdomain: NameCheck = (value) => {
  const problems: string[] = []
  if (bytesOf(value) > 253) problems.push(maxCharacters(253))
  if (!SUBDOMAIN.test(value)) problems.push(SUBDOMAIN_MESSAGE)
  return problems
}

export const isDns1035Label: NameCheck = (value) => {
  const problems: string[] = []
  if (bytesOf(value) > 63) problems.push(maxCharacters(63))
  if (!DNS_1035.test(value)) problems.push(DNS_1035_MESSAGE)
  return problems
}

export const isWildcardSubdomain: NameCheck = (value) => {
  const problems: string[] = []
  if (bytesOf(value) > 253) problems.push(maxCharacters(253))
  if (!WILDCARD.test(value)) problems.push(WILDCARD_MESSAGE)
  return problems
}

/** With `-` at the end allowed: a prefix that something will be appended to. */
export const asPrefix =
  (check: NameCheck): NameCheck =>
  (value) =>
    check(value.endsWith('-') ? `${value.slice(0, -1)}a` : value)

/** Names that may hold any character but `/` and `%`. Models path.IsValidPathSegmentName. */
export const isPathSegment: NameCheck = (value) => {
  if (value === '.' || value === '..') return [`may not be '${value}'`]
  return ['/', '%'].filter((part) => value.includes(part)).map((part) => `may not contain '${part}'`)
}

export const isQualifiedName: NameCheck = (value) => {
  const problems: string[] = []
  const parts = value.split('/')
  let name = value
  if (parts.length === 2) {
    name = parts[1]!
    if (parts[0] === '') problems.push('prefix part must be non-empty')
    else problems.push(...isDns1123Subdomain(parts[0]!).map((problem) => `prefix part ${problem}`))
  } else if (parts.length > 2) {
    return [`a valid label key ${QUALIFIED_MESSAGE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  if (name === '') problems.push('name part must be non-empty')
  else if (bytesOf(name) > 63) problems.push(`name part ${maxBytes(63)}`)
  if (!QUALIFIED.test(name)) problems.push(`name part ${QUALIFIED_MESSAGE}`)
  return problems
}

export const isLabelValue: NameCheck = (value) => {
  const problems: string[] = []
  if (bytesOf(value) > 63) problems.push(maxBytes(63))
  if (!LABEL_VALUE.test(value)) problems.push(LABEL_VALUE_MESSAGE)
  return problems
}

const ENV_NAME = /^[ -<>-~]+$/
export const isEnvName: NameCheck = (value) =>
  ENV_NAME.test(value) ? [] : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]

const CONFIG_KEY = /^[-._a-zA-Z0-9]+$/
export const isConfigMapKey: NameCheck = (value) => {
  const problems: string[] = []
  if (value.length > 253) problems.push(maxCharacters(253))
  if (!CONFIG_KEY.test(value))
    problems.push(
      regexMessage(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        '[-._a-zA-Z0-9]+',
        'key.name',
        'KEY_NAME',
        'key-name',
      ),
    )
  if (value === '.') problems.push(`must not be '.'`)
  else if (value === '..') problems.push(`must not be '..'`)
  else if (value.startsWith('..')) problems.push(`must not start with '..'`)
  return problems
}

export const isPortName: NameCheck = (value) => {
  const problems: string[] = []
  if (value.length > 15) problems.push(maxCharacters(15))
  if (!/^[-a-z0-9]+$/.test(value)) problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)')
  if (value.includes('--')) problems.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) problems.push('must not begin or end with a hyphen')
  return problems
}

export const inclusiveRange = (low: number, high: number): string => `must be between ${low} and ${high}, inclusive`

export const isPortNumber = (value: number): readonly string[] =>
  value >= 1 && value <= 65_535 ? [] : [inclusiveRange(1, 65_535)]

export const isPercent: NameCheck = (value) =>
  /^[0-9]+%$/.test(value)
    ? []
    : [regexMessage("a valid percent string must be a numeric string followed by an ending '%'", '[0-9]+%', '1%', '93%')]

/** Numeric IPv4 parts, or undefined. Leading zeros are refused. */
export function parseIpv4(text: string): readonly number[] | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  const numbers = parts.map((part) => (/^(0|[1-9]\d{0,2})$/.test(part) ? Number(part) : 256))
  return numbers.every((part) => part <= 255) ? numbers : undefined
}

export function isIpv6(text: string): boolean {
  if (!text.includes(':') || /[^0-9a-fA-F:.]/.test(text)) return false
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = (half: string): readonly string[] => (half === '' ? [] : half.split(':'))
  const [before = '', after = ''] = halves
  const all = [...groups(before), ...groups(after)]
  const last = all.at(-1)
  const hasIpv4 = last?.includes('.') === true
  if (hasIpv4 && !parseIpv4(last)) return false
  const count = all.length + (hasIpv4 ? 1 : 0)
  if (!all.slice(0, hasIpv4 ? -1 : undefined).every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return false
  return halves.length === 2 ? count < 8 : count === 8
}

export const isIp: NameCheck = (value) =>
  parseIpv4(value) || isIpv6(value) ? [] : ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']

export function isCidr(value: string): readonly string[] {
  const [address = '', bits = '', ...rest] = value.split('/')
  const max = parseIpv4(address) ? 32 : isIpv6(address) ? 128 : -1
  const good = rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= max
  return good ? [] : ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)']
}

export const byteLength = bytesOf
