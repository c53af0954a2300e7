import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  isWholeQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityValue,
  subtractQuantities,
} from './quantity.ts'

describe('canonical text', () => {
  test.each([
    { name: 'whole cores of millicores', text: '1000m', want: '1' },
    { name: 'millicores stay', text: '1500m', want: '1500m' },
    { name: 'a fraction becomes milli', text: '0.5', want: '500m' },
    { name: 'a tiny fraction becomes micro', text: '0.0001', want: '100u' },
    { name: 'below a nano-unit rounds up', text: '0.0000000001', want: '1n' },
    { name: 'binary units rise', text: '1024Mi', want: '1Gi' },
    { name: 'binary units that do not divide stay', text: '1500Mi', want: '1500Mi' },
    { name: 'a fraction of a binary unit', text: '1.5Gi', want: '1536Mi' },
    { name: 'less than 1024 bytes lose the binary suffix', text: '0.5Ki', want: '512' },
    { name: 'decimal units rise', text: '1000k', want: '1M' },
    { name: 'plain bytes stay plain', text: '1073741824', want: '1073741824' },
    { name: 'exponents stay exponents', text: '1e3', want: '1e3' },
    { name: 'exponents are multiples of three', text: '12e4', want: '120e3' },
    { name: 'zero of any unit', text: '0Gi', want: '0' },
    { name: 'negative', text: '-1', want: '-1' },
    { name: 'a number', text: 2, want: '2' },
    { name: 'words are none', text: 'lots', want: undefined },
    { name: 'an unknown suffix is none', text: '1GB', want: undefined },
    { name: 'nothing is none', text: '', want: undefined },
  ])('$name', ({ text, want }) => {
    expect(canonicalQuantity(text)).toBe(want)
  })
})

describe('numbers of quantities', () => {
  test.each([
    { text: '100m', value: 1, milli: 100 },
    { text: '2', value: 2, milli: 2000 },
    { text: '1.5', value: 2, milli: 1500 },
    { text: '128Mi', value: 134_217_728, milli: 134_217_728_000 },
    { text: '1u', value: 1, milli: 1 },
    { text: '1e3', value: 1000, milli: 1_000_000 },
    { text: '-1500m', value: -1, milli: -1500 },
  ])('$text', ({ text, value, milli }) => {
    expect({ value: quantityValue(text), milli: quantityMilliValue(text) }).toEqual({ value, milli })
  })

  test('whole and broken bytes', () => {
    expect(['1Gi', '100m', '2000m', '1e3'].map(isWholeQuantity)).toEqual([true, false, true, true])
  })
})

const quantityText = fc
  .tuple(fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3'))
  .map(([digits, suffix]) => `${digits}${suffix}`)

describe('laws', () => {
  test('a canonical text is its own canonical text', () => {
    fc.assert(
      fc.property(quantityText, (text) => {
        const canonical = canonicalQuantity(text)!
        expect(canonicalQuantity(canonical)).toBe(canonical)
        expect(parseQuantity(canonical)!.nano).toBe(parseQuantity(text)!.nano)
      }),
    )
  })

  test('adding and taking away again changes nothing', () => {
    fc.assert(
      fc.property(quantityText, quantityText, (a, b) => {
        expect(compareQuantities(subtractQuantities(addQuantities(a, b), b), a)).toBe(0)
      }),
    )
  })

  test('the order is that of the exact values', () => {
    fc.assert(
      fc.property(quantityText, quantityText, (a, b) => {
        const [left, right] = [parseQuantity(a)!.nano, parseQuantity(b)!.nano]
        expect(Math.sign(compareQuantities(a, b))).toBe(left < right ? -1 : left > right ? 1 : 0)
      }),
    )
  })

  test('printing keeps the value', () => {
    fc.assert(
      fc.property(quantityText, (text) => {
        const quantity = parseQuantity(text)!
        expect(parseQuantity(formatQuantity(quantity))!.nano).toBe(quantity.nano)
      }),
    )
  })
})
