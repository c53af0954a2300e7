import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadApiSchema } from '../sim/kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import type { ConformanceCase } from './conform.ts'
import { conform } from './conform.ts'
import { EXIT_BAD_INPUT, EXIT_NO, EXIT_OK } from './report.ts'

const golden = (theme: string): string =>
  readFileSync(new URL(`../sim/kubernetes/conformance/golden/${theme}.jsonl`, import.meta.url), 'utf8')
const named = (theme: string, name: string): string =>
  golden(theme)
    .split('\n')
    .find((line) => line.includes(`"name":"${name}"`))!
const hashes = readFileSync(
  new URL('../sim/kubernetes/controllers/golden/pod-template-hashes.json', import.meta.url),
  'utf8',
).replaceAll('"template"', '"storedTemplate"')

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

const ask = async (texts: readonly string[], format: 'text' | 'json' = 'json') =>
  conform({ files: texts.map((text, index) => ({ name: `file-${index}`, text })), format, schema })

describe('conform', () => {
  test('reports each recording, one a file or one a line, and hashes', async () => {
    const lines = [named('deployment', 'recreate'), named('deployment', 'roll-1-surge1-unav0')].join('\n')
    const { stdout, exit } = await ask([lines, named('replicaset', 'adopt-orphans'), hashes])
    const report = JSON.parse(stdout) as { kind: string; cases: ConformanceCase[] }
    expect(report.kind).toBe('ConformanceReport')
    expect(
      report.cases.slice(0, 3).map(({ theme, name, passed, differences }) => [theme, name, passed, differences.length]),
    ).toEqual([
      ['deployment', 'recreate', true, 0],
      ['deployment', 'roll-1-surge1-unav0', true, 0],
      ['replicaset', 'adopt-orphans', true, 0],
    ])
    expect(report.cases.filter(({ theme }) => theme === 'hashes').every(({ passed }) => passed)).toBe(true)
    expect(exit).toBe(EXIT_OK)
  })

  test('says what differs and exits with 1', async () => {
    const changed = named('deployment', 'recreate').replaceAll('Scaled down replica set', 'Shrank replica set')
    const { stdout, exit } = await ask([changed], 'text')
    expect(stdout).toContain('FAIL deployment/recreate')
    expect(stdout).toContain('expected Normal | ScalingReplicaSet | Shrank replica set web-rs1')
    expect(stdout).toContain('0 of 1 recordings agree')
    expect(exit).toBe(EXIT_NO)
  })

  test.each([
    ['no JSON', 'apiVersion: v1'],
    ['no recording', '{"name":"x"}'],
    ['nothing', '[]'],
  ])('%s in a file is bad input', async (_, text) => {
    const { stdout, stderr, exit } = await ask([text])
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^error: /)
    expect(exit).toBe(EXIT_BAD_INPUT)
  })
})
