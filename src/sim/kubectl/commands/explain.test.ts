import { beforeAll, describe, expect, test } from 'vitest'
import type { FieldLanguage } from '../../kubernetes/api/field-words.ts'
import { loadFieldWords } from '../../kubernetes/api/load-field-words.ts'
import { Store } from '../../kubernetes/etcd/store.ts'
import { startKubectl } from '../kubectl.ts'
import { apiSchema, environment } from '../testing/golden.ts'

beforeAll(async () => {
  apiSchema.words = await loadFieldWords()
})

const explain = (language: FieldLanguage, ...args: readonly string[]): string => {
  apiSchema.words!.language = language
  const step = startKubectl(['explain', ...args], environment(new Store(), '2026-01-05T09:00:00Z'))
  return step.stdout + step.stderr
}

describe('kubectl explain', () => {
  test('a kind: heading, what it is, and its fields with apiVersion and kind, by name', () => {
    const text = explain('en', 'deployments')
    expect(text).toMatch(
      /^GROUP: {6}apps\nKIND: {7}Deployment\nVERSION: {4}v1\n\nDESCRIPTION:\n( {4}\S.*\n)+ {4}\nFIELDS:\n {2}apiVersion\t<string>\n {4}\S/,
    )
    expect([...text.matchAll(/^ {2}(\w+)\t/gm)].map(([, name]) => name)).toEqual([
      'apiVersion',
      'kind',
      'metadata',
      'spec',
      'status',
    ])
    expect(text).not.toContain('<no description>')
  })

  test.each([
    { args: ['pod.spec'], has: '  containers\t<[]Container> -required-\n' },
    { args: ['pod.spec'], has: '  restartPolicy\t<string>\n  enum: Always, Never, OnFailure\n    ' },
    { args: ['pod.spec.restartPolicy'], has: 'FIELD: restartPolicy <string>\nENUM:\n    Always\n    Never\n    OnFailure\n\n' },
    { args: ['pod.spec.containers'], has: 'FIELD: containers <[]Container>\n\n\nDESCRIPTION:\n' },
    { args: ['pod', '--recursive'], has: '\n  spec\t<PodSpec>\n    activeDeadlineSeconds\t<integer>\n' },
    { args: ['pod.spec.nothing'], has: 'error: field "nothing" does not exist' },
  ])('$args says $has', ({ args, has }) => {
    expect(explain('en', ...args)).toContain(has)
  })

  test('speaks Korean within 80 columns', () => {
    const text = explain('ko', 'pod.spec')
    expect(text).toMatch(/DESCRIPTION:\n {4}.*[가-힣]/)
    const widthOf = (line: string): number => [...line].reduce((width, letter) => width + (/[가-힣]/.test(letter) ? 2 : 1), 0)
    expect(text.split('\n').filter((line) => widthOf(line) > 80)).toEqual([])
  })
})
