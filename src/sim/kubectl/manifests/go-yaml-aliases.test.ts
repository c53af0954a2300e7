import { expect, test } from 'vitest'
import { parseGoYaml } from './go-yaml.ts'

test('a document whose aliases unfold without end is refused, as go-yaml does', () => {
  const levels = 'abcdefghi'.split('')
  const bomb = levels
    .map(
      (key, index) =>
        `${key}: &${key} [${Array.from({ length: 9 }, () => (index === 0 ? 'x' : `*${levels[index - 1]}`)).join(', ')}]`,
    )
    .join('\n')
  expect(parseGoYaml(bomb)).toMatchObject({ ok: false, message: 'yaml: document contains excessive aliasing' })
})

test('a few aliases are what they stand for', () => {
  expect(parseGoYaml('a: &a {x: word}\nb: *a\nc: [*a, *a]\n')).toMatchObject({
    ok: true,
    value: { b: { x: 'word' }, c: [{ x: 'word' }, { x: 'word' }] },
  })
})
