import { describe, expect, test } from 'vitest'
import { parseGoJson } from './go-json.ts'
import { parseGoYaml } from './go-yaml.ts'
import { indexManifests, readManifests } from './manifest.ts'

describe('YAML as Go reads it', () => {
  test.each([
    { name: 'booleans of YAML 1.1', text: 'a: y\nb: No\nc: on\nd: "yes"\n', want: { a: true, b: false, c: true, d: 'yes' } },
    {
      name: 'octal, hexadecimal, exponents and underscores',
      text: 'a: 0644\nb: 0x10\nc: 1e3\nd: 1_000\n',
      want: { a: 420, b: 16, c: 1000, d: 1000 },
    },
    { name: 'dates and times of day stay text', text: 'a: 2020-01-01\nb: 1:30\n', want: { a: '2020-01-01', b: '1:30' } },
    { name: 'the last of equal keys wins', text: 'a: 1\na: 2\n', want: { a: 2 } },
    {
      name: 'anchors and merge keys',
      text: 'x: &x {a: 1, b: 2}\nz: {<<: *x, b: 3}\n',
      want: { x: { a: 1, b: 2 }, z: { a: 1, b: 3 } },
    },
    { name: 'a key may look like a number or a boolean', text: '8080: a\non: b\n', want: { '8080': 'a', true: 'b' } },
    { name: 'block text keeps its lines', text: 'a: |\n  x\n  y\n', want: { a: 'x\ny\n' } },
  ])('$name', ({ text, want }) => {
    const read = parseGoYaml(text)
    expect(read.ok && read.value).toEqual(want)
  })

  test.each([
    { name: 'a key out of line', text: 'a:\n  b: c\n d: e\n', message: 'yaml: line 2: did not find expected key' },
    { name: 'a tab before a key', text: 'a:\n\tb: c\n', message: 'yaml: line 2: found character that cannot start any token' },
    { name: 'two colons', text: 'a: b: c\n', message: 'yaml: line 1: mapping values are not allowed in this context' },
    {
      name: 'a key under a value',
      text: 'a:\n  b: c\n    d: e\n',
      message: 'yaml: line 3: mapping values are not allowed in this context',
    },
    { name: 'a forgotten colon', text: 'a: b\nname\nc: d\n', message: "yaml: line 3: could not find expected ':'" },
    { name: 'an open list', text: 'a: [b, c\nd: e\n', message: "yaml: line 1: did not find expected ',' or ']'" },
    { name: 'an open quote', text: 'a: "b\nc: d\n', message: 'yaml: line 3: found unexpected end of stream' },
    {
      name: 'a list item out of line',
      text: 'a:\n- b: 1\n c: 2\n',
      message: "yaml: line 2: did not find expected '-' indicator",
    },
    { name: 'an anchor that is not there', text: 'a: *b\n', message: "yaml: unknown anchor 'b' referenced" },
  ])('$name is an error in its words', ({ text, message }) => {
    expect(parseGoYaml(text)).toMatchObject({ ok: false, message })
  })
})

describe('JSON as Go reads it', () => {
  test.each([
    { text: '{bad', message: "invalid character 'b' looking for beginning of object key string" },
    { text: '{"a":1 "b"', message: `invalid character '"' after object key:value pair` },
    { text: '[1,]', message: "invalid character ']' looking for beginning of value" },
    { text: '{"a"', message: 'unexpected end of JSON input' },
    { text: '{} x', message: "invalid character 'x' after top-level value" },
    { text: 'trUe', message: "invalid character 'U' in literal true (expecting 'u')" },
    { text: '"\\x"', message: "invalid character 'x' in string escape code" },
  ])('$text', ({ text, message }) => {
    expect(parseGoJson(text)).toMatchObject({ ok: false, message })
  })
})

describe('manifest files', () => {
  test('empty documents and comments are no objects', () => {
    expect(readManifests('# only a comment\n---\n---\n# another\n').documents).toEqual([])
  })

  test('JSON objects may follow each other', () => {
    expect(readManifests('{"a":1}\n{"b":2}').documents.map(({ value, line }) => ({ value, line }))).toEqual([
      { value: { a: 1 }, line: 1 },
      { value: { b: 2 }, line: 2 },
    ])
  })

  test('what comes before an error is read', () => {
    const { documents, error } = readManifests('a: 1\n---\nb:\n\tc: 2\n---\nd: 3\n')
    expect(documents).toHaveLength(1)
    expect(error).toEqual({
      message: 'error converting YAML to JSON: yaml: line 2: found character that cannot start any token',
      line: 4,
    })
  })

  test('objects are found on their lines, those of a List, too', () => {
    const text = `# shop
apiVersion: v1
kind: Service
metadata:
  name: web
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a, namespace: dev}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
`
    const { entries } = indexManifests('shop.yaml', text)
    expect(entries.map(({ file, line, kind, name, namespace }) => ({ file, line, kind, name, namespace }))).toEqual([
      { file: 'shop.yaml', line: 2, kind: 'Service', name: 'web', namespace: '' },
      { file: 'shop.yaml', line: 10, kind: 'ConfigMap', name: 'a', namespace: 'dev' },
      { file: 'shop.yaml', line: 13, kind: 'ConfigMap', name: 'b', namespace: '' },
    ])
    const [service, config] = entries
    expect(service!.document.lineOf(['metadata', 'name'])).toBe(5)
    expect(config!.document.lineOf([...config!.path, 'metadata', 'name'])).toBe(12)
  })
})
