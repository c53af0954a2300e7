import { describe, expect, test } from 'vitest'
import type { AnyObject, LabelSelector } from './types.ts'
import {
  fieldMatcher,
  matchesLabelSelector,
  matchesSelector,
  parseFieldSelector,
  parseSelector,
  printLabelSelector,
  printSelector,
} from './selectors.ts'

describe('label selectors as text', () => {
  test.each([
    { text: 'app=web', labels: { app: 'web' }, want: true },
    { text: 'app==web', labels: { app: 'api' }, want: false },
    { text: 'app!=web', labels: {}, want: true },
    { text: 'tier in (a, b)', labels: { tier: 'b' }, want: true },
    { text: 'tier notin (a,b)', labels: {}, want: true },
    { text: 'tier notin (a,b)', labels: { tier: 'a' }, want: false },
    { text: 'tier', labels: { tier: '' }, want: true },
    { text: '!tier', labels: { tier: 'x' }, want: false },
    { text: 'app=web,!old', labels: { app: 'web' }, want: true },
    { text: 'n>3', labels: { n: '10' }, want: true },
    { text: 'app=', labels: { app: '' }, want: true },
    { text: '', labels: { any: 'thing' }, want: true },
    { text: 'in=x', labels: { in: 'x' }, want: true },
  ])('$text against $labels', ({ text, labels, want }) => {
    const parsed = parseSelector(text)
    expect(parsed.ok && matchesSelector(parsed.value, labels as Record<string, string>)).toBe(want)
  })

  test.each([
    { text: 'app=web,tier in (b,a)', want: 'app=web,tier in (a,b)' },
    { text: 'z,!a,m notin (q)', want: '!a,m notin (q),z' },
  ])('$text is printed sorted', ({ text, want }) => {
    const parsed = parseSelector(text)
    expect(parsed.ok && printSelector(parsed.value)).toBe(want)
  })

  test.each(['app=web,', 'app in web', '=x', 'a b', 'app=we b', '-a=b', 'app in (a'])('%s is refused', (text) => {
    expect(parseSelector(text).ok).toBe(false)
  })
})

describe('label selectors as objects', () => {
  const selector: LabelSelector = {
    matchLabels: { app: 'web' },
    matchExpressions: [{ key: 'tier', operator: 'In', values: ['b', 'a'] }],
  }
  test.each([
    { name: 'all requirements must hold', selector, labels: { app: 'web', tier: 'a' }, want: true },
    { name: 'one that does not is enough', selector, labels: { app: 'web' }, want: false },
    { name: 'the empty selector matches everything', selector: {}, labels: { x: 'y' }, want: true },
    { name: 'an absent selector matches nothing', selector: undefined, labels: { x: 'y' }, want: false },
  ])('$name', ({ selector: given, labels, want }) => {
    expect(matchesLabelSelector(given, labels as Record<string, string>)).toBe(want)
  })

  test('printed as kubectl does', () => {
    expect([printLabelSelector(selector), printLabelSelector({}), printLabelSelector(undefined)]).toEqual([
      'app=web,tier in (a,b)',
      '<none>',
      '<none>',
    ])
  })
})

describe('field selectors', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec: { nodeName: 'n1' },
    status: { phase: 'Running' },
  }
  const pods = { key: 'pods', namespaced: true }
  test.each([
    { text: 'spec.nodeName=n1,status.phase!=Pending', want: true },
    { text: 'metadata.name==q', want: false },
    { text: 'spec.hostNetwork=false', want: true },
    { text: '', want: true },
  ])('$text', ({ text, want }) => {
    const parsed = parseFieldSelector(text)
    const matcher = fieldMatcher(pods, parsed.ok ? parsed.value : [])
    expect(matcher.ok && matcher.value(pod as unknown as AnyObject)).toBe(want)
  })

  test('a field that cannot be selected by is named', () => {
    const parsed = parseFieldSelector('spec.containers=x')
    expect(fieldMatcher(pods, parsed.ok ? parsed.value : [])).toEqual({
      ok: false,
      message: 'field label not supported: spec.containers',
    })
  })
})
