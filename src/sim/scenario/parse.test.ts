import { describe, expect, test } from 'vitest'
import { parseScenario } from './parse.ts'

const head = 'apiVersion: clusterlab.dev/v1\nkind: Scenario\nmetadata:\n  name: a\nspec:\n  title: {ko: 가, en: A}\n'

describe('parseScenario', () => {
  test('takes manifests without a Scenario as they are', () => {
    const source = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n'
    expect(parseScenario(source)).toMatchObject({ scenario: undefined, manifests: source, problems: [] })
  })

  test('separates the Scenario and keeps the line numbers of the rest', () => {
    const { scenario, manifests, problems } = parseScenario(`${head}  seed: 7\n---\nkind: Pod\n`)
    expect(problems).toEqual([])
    expect(scenario?.spec.seed).toBe(7)
    expect(manifests.split('\n').indexOf('kind: Pod')).toBe(8)
    expect(manifests).not.toContain('Scenario')
  })

  test.each([
    { name: 'an unknown field', extra: '  sede: 7\n', path: 'spec.sede', line: 7, message: 'unknown field' },
    { name: 'a wrong type', extra: '  seed: many\n', path: 'spec.seed', line: 7, message: 'expected number, received "many"' },
    {
      name: 'a bad duration',
      extra: '  duration: 5 minutes\n',
      path: 'spec.duration',
      line: 7,
      message: 'expected a text that matches',
    },
  ])('reports $name with its place', ({ extra, path, line, message }) => {
    const { scenario, problems } = parseScenario(head + extra)
    expect(scenario).toBeUndefined()
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatchObject({ severity: 'error', path, line })
    expect(problems[0]!.message).toContain(message)
  })

  test('reports every problem at once', () => {
    expect(parseScenario(`${head}  seed: x\n  duration: y\n  foo: 1\n`).problems).toHaveLength(3)
  })

  test.each([
    { name: 'ten megabytes', source: 'a: b\n'.repeat(2_000_000), message: 'characters' },
    { name: 'five thousand brackets', source: `a: ${'['.repeat(5000)}`, message: 'levels' },
    { name: 'compact nesting', source: `${'- '.repeat(500)}a`, message: 'levels' },
  ])('refuses $name without parsing', ({ source, message }) => {
    expect(parseScenario(source).problems[0]!.message).toContain(message)
  })
})
