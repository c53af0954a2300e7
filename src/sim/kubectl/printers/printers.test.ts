import { describe, expect, test } from 'vitest'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { parseOutput, printObject } from '../output.ts'
import { environment, loadCases, loadWorld } from '../testing/golden.ts'
import { toYaml } from './yaml.ts'

const env = environment(loadWorld('empty'), loadCases('empty').now)
const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', labels: { app: 'shop', tier: 'front' }, generation: 3 },
  spec: {
    containers: [
      { name: 'a', image: 'x:1' },
      { name: 'b', image: 'y:2', ports: [{ containerPort: 80 }] },
    ],
  },
} as unknown as AnyObject

function printed(output: string): string {
  const parsed = parseOutput({ output, forGet: true }, env)
  if (!parsed.ok) return parsed.message
  const result = printObject(parsed.value, POD)
  return result.ok ? result.value : result.message
}

describe('YAML is written as sigs.k8s.io/yaml writes it', () => {
  test.each([
    { value: 'yes', yaml: '"yes"\n' },
    { value: '1_000', yaml: '"1_000"\n' },
    { value: '12:30', yaml: '"12:30"\n' },
    { value: '2026-01-01T00:00:00Z', yaml: '"2026-01-01T00:00:00Z"\n' },
    { value: '1.2.3', yaml: '1.2.3\n' },
    { value: '<<', yaml: '<<\n' },
    { value: 'a: b', yaml: "'a: b'\n" },
    { value: "it's", yaml: "it's\n" },
    { value: ' a', yaml: "' a'\n" },
    { value: 'a\tb', yaml: '"a\\tb"\n' },
    { value: '😀', yaml: '"\\U0001F600"\n' },
    { value: { a10: 1, a2: 2, A: 3, _x: 4 }, yaml: '_x: 4\nA: 3\na2: 2\na10: 1\n' },
    { value: { text: 'a\n\nb\n' }, yaml: 'text: |\n  a\n\n  b\n' },
    { value: { text: '\na' }, yaml: 'text: |2-\n\n  a\n' },
    { value: { list: [[1], { a: [] }] }, yaml: 'list:\n- - 1\n- a: []\n' },
    { value: { k: `${'word '.repeat(16)}end` }, yaml: `k: ${'word '.repeat(15)}word\n  end\n` },
  ])('$value', ({ value, yaml }) => {
    expect(toYaml(value)).toBe(yaml)
  })
})

describe('output formats print what the real kubectl printed for the same object', () => {
  test.each([
    { output: 'jsonpath={.spec.containers[*].name}', want: 'a b' },
    { output: 'jsonpath={.spec.containers[-1:].image}', want: 'y:2' },
    { output: 'jsonpath={.spec.containers[?(@.ports)].name}', want: 'b' },
    { output: 'jsonpath={.metadata.labels}', want: '{"app":"shop","tier":"front"}' },
    { output: "jsonpath={.metadata['name','generation']}", want: 'web 3' },
    { output: 'jsonpath={range .spec.containers[*]}[{.name}, {.image}] {end}x', want: '[a, x:1] [b, y:2] x' },
    { output: 'jsonpath={.a[x]}', want: 'error parsing jsonpath {.a[x]}, invalid array index x' },
    { output: 'jsonpath-as-json={.spec.containers[0].name}', want: '[\n    "a"\n]\n' },
    { output: 'go-template={{.nope.deep}}', want: '<no value>' },
    { output: 'go-template={{if eq .metadata.generation 3}}three{{end}}', want: 'three' },
    { output: 'go-template={{range $i, $c := .spec.containers}}{{$i}}:{{$c.name}},{{end}}', want: '0:a,1:b,' },
    { output: 'go-template={{print 1 2 "x"}}', want: '1 2x' },
    {
      output: 'go-template={{.kind.x}}',
      want: 'error executing template "{{.kind.x}}": template: output:1:7: executing "output" at <.kind.x>: can\'t evaluate field x in type interface {}',
    },
    {
      output: 'go-template={{eq 1 "a"}}',
      want: 'error executing template "{{eq 1 \\"a\\"}}": template: output:1:2: executing "output" at <eq 1 "a">: error calling eq: incompatible types for comparison: int and string',
    },
    { output: 'custom-columns=N:.metadata.name,C:.spec.containers[*].name,X:.nope', want: 'N     C     X\nweb   a,b   <none>\n' },
    { output: 'name', want: 'pod/web\n' },
  ])('-o $output', ({ output, want }) => {
    expect(printed(output)).toBe(want)
  })
})
