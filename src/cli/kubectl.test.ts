import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { ApiSchema, type CompactSchema } from '../sim/kubernetes/api/schema.ts'
import { kubectlCommand, type KubectlResult } from './kubectl.ts'

const schema = new ApiSchema(
  JSON.parse(readFileSync(new URL('../sim/kubernetes/api/generated/schema.json', import.meta.url), 'utf8')) as CompactSchema,
)

const DUMP = `apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Namespace, metadata: {name: default, uid: n1, creationTimestamp: "2026-01-01T00:00:00Z"}}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: cfg, namespace: default, uid: c1, resourceVersion: "7", creationTimestamp: "2026-01-01T00:00:00Z"}
  data: {a: "1"}
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: held, namespace: default, uid: c2, resourceVersion: "8", creationTimestamp: "2026-01-01T02:00:00Z", finalizers: [example.com/hold]}
`

const kubectl = (line: string, more: Partial<Parameters<typeof kubectlCommand>[0]> = {}): KubectlResult =>
  kubectlCommand({ files: [{ name: 'dump.yaml', text: DUMP }], args: line.split(' '), write: false, schema, ...more })

describe('clusterlab kubectl', () => {
  test.each([
    {
      name: 'the clock stands at the newest time of the dump',
      line: 'get cm',
      want: { exit: 0, stdout: 'NAME   DATA   AGE\ncfg    1      120m\nheld   0      0s\n', stderr: '' },
    },
    {
      name: 'a refusal has its own exit and stream',
      line: 'delete cm nope',
      want: { exit: 1, stdout: '', stderr: 'Error from server (NotFound): configmaps "nope" not found\n' },
    },
    {
      name: 'a line that waits is resumed until its time is over',
      line: 'delete cm held --timeout=90s',
      want: {
        exit: 1,
        stdout: 'configmap "held" deleted from default namespace\n',
        stderr: 'error: timed out waiting for the condition on configmaps/held\n',
      },
    },
    {
      name: 'an editor that nobody sits at changes nothing',
      line: 'edit cm cfg',
      want: { exit: 0, stdout: '', stderr: 'Edit cancelled, no changes made.\n' },
    },
  ])('$name', ({ line, want }) => {
    expect(kubectl(line)).toEqual(want)
  })

  test('--now moves the clock', () => {
    expect(kubectl('get cm cfg', { now: '2026-01-11T00:00:00Z' }).stdout).toContain('10d')
  })

  test('the world after a line is a dump again', () => {
    const { world } = kubectl('label cm cfg x=y', { write: true })
    expect(world).toMatch(/^apiVersion: v1\nitems:\n/)
    const again = kubectlCommand({
      files: [{ name: 'w', text: world! }],
      args: ['get', 'cm', 'cfg', '-o', 'jsonpath={.metadata.labels}'],
      write: false,
      schema,
    })
    expect(again.stdout).toBe('{"x":"y"}')
  })

  test('a refused line leaves the world as it was', () => {
    const before = kubectl('get cm', { write: true }).world
    expect(kubectl('label cm nope x=y', { write: true }).world).toBe(before)
  })

  test('objects without a uid are admitted and defaulted', () => {
    const text = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: nginx}]}\n'
    const got = kubectlCommand({
      files: [{ name: 'p.yaml', text }],
      args: ['get', 'pod', 'p', '-o', 'jsonpath={.spec.containers[0].imagePullPolicy}/{.spec.serviceAccountName}'],
      write: false,
      schema,
    })
    expect(got).toEqual({ exit: 0, stdout: 'Always/default', stderr: '' })
  })

  test.each([
    {
      name: 'a broken file',
      text: 'a: b: c\n',
      stderr: 'bad.yaml:1: error converting YAML to JSON: yaml: line 1: mapping values are not allowed in this context\n',
    },
    {
      name: 'an unknown kind',
      text: 'apiVersion: v1\nkind: Nope\nmetadata: {name: x}\n',
      stderr: 'bad.yaml:1: Nope x: no matches for kind "Nope" in version "v1"\n',
    },
    {
      name: 'no object',
      text: '\nkind: Pod\n',
      stderr: 'bad.yaml:2: expected an object with apiVersion, kind and metadata.name\n',
    },
  ])('$name is bad input', ({ text, stderr }) => {
    expect(kubectlCommand({ files: [{ name: 'bad.yaml', text }], args: ['get', 'pods'], write: false, schema })).toEqual({
      stdout: '',
      stderr,
      exit: 2,
    })
  })

  test('files that the line names are read by the caller', () => {
    const readFile = (name: string) =>
      name === 'cm.yaml' ? 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fresh}\n' : undefined
    expect(kubectl('apply -f cm.yaml', { readFile })).toEqual({ exit: 0, stdout: 'configmap/fresh created\n', stderr: '' })
  })
})
