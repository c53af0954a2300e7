import { expect, test } from 'vitest'
import { Watchers } from './watchers.ts'

test('only those who watch a key are told, until they leave', () => {
  const watchers = new Watchers()
  const told: string[] = []
  const leave = watchers.watch('a', () => told.push('a'))
  watchers.watch('a', () => told.push('a again'))
  watchers.watch('b', () => told.push('b'))
  watchers.tell(['a', 'nobody'])
  expect(told).toEqual(['a', 'a again'])
  leave()
  watchers.tellAll()
  expect(told).toEqual(['a', 'a again', 'a again', 'b'])
})
