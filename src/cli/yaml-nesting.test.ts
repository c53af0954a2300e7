import { describe, expect, test } from 'vitest'
import { nestingOf, yamlNesting } from './yaml-nesting.ts'

describe('nesting of a text', () => {
  test.each([
    { name: 'brackets in one line', text: '['.repeat(500), want: 500 },
    { name: 'brackets in lines of their own', text: 'a: [\n'.repeat(300), want: 300 },
    { name: 'brackets behind words of a flow', text: `[a,[\n${'b, [\n'.repeat(300)}`, want: 302 },
    { name: 'brackets behind an anchor', text: `a: &x ${'['.repeat(200)}`, want: 200 },
    { name: 'dashes', text: '- '.repeat(200), want: 200 },
    { name: 'indentation', text: Array.from({ length: 200 }, (_, i) => `${'  '.repeat(i)}a:`).join('\n'), want: 199 },
    { name: 'a list after a comment that looks like a block scalar', text: `a: # b: |\n  ${'['.repeat(200)}`, want: 200 },
    { name: 'a sibling of a block scalar in a list of lists', text: `- - |\n    text\n  - ${'['.repeat(200)}`, want: 200 },
  ])('$name', ({ text, want }) => expect(yamlNesting(text)).toBe(want))

  test.each([
    { name: 'open brackets in scripts', text: 'args:\n- if [[ a\n'.repeat(300) },
    { name: 'open brackets in a block scalar', text: `a: |\n  [[[[\n  {\n`.repeat(100) },
    { name: 'open brackets in a block scalar of a list item', text: `- a: >-\n    [[[[\n  b: 1\n`.repeat(100) },
    { name: 'balanced flow values', text: `a: {b: [1]}\n`.repeat(300) },
  ])('is not deep: $name', ({ text }) => expect(yamlNesting(text)).toBeLessThan(5))
})

test.each([
  { value: 1, want: 0 },
  { value: {}, want: 1 },
  { value: { a: [{ b: 1 }] }, want: 3 },
])('nesting of data: $want', ({ value, want }) => expect(nestingOf(value)).toBe(want))
