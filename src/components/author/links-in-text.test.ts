import { expect, test } from 'vitest'
import { linksIn } from './links-in-text.ts'

test.each([
  ['a bare link is called by its end', 'https://lab.example/#v1.abcdefghijklmn_-9', [['…fghijklmn_-9', 'https://lab.example/#v1.abcdefghijklmn_-9']]],
  ['a name before it', 'Kim Hana\thttps://lab.example/#v1.abc', [['Kim Hana', 'https://lab.example/#v1.abc']]],
  ['a list with numbers', '1, Lee: v1.aaa\n\n2, Park; v1.bbb', [['1, Lee', 'v1.aaa'], ['2, Park', 'v1.bbb']]],
  ['a mail without one', 'Dear all,\nversion 1.2 is out', []],
])('%s', (_name, text, expected) => {
  expect(linksIn(text).map((link) => [link.name, link.text])).toEqual(expected)
})
