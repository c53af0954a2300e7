import { describe, expect, it } from 'vitest'
import { formatClock, formatCpu, formatDigest, formatGib, formatPercent, formatRate, formatSpan } from './format.ts'

describe('numbers as the page writes them', () => {
  it.each<[string, string, string]>([
    ['two minutes and four tenths', formatClock(120_400), '02:00.4'],
    ['the start', formatClock(0), '00:00.0'],
    ['past an hour', formatClock(3_723_450), '1:02:03.4'],
    ['a span below two minutes counts seconds', formatSpan(119_900), '119s'],
    ['a span below two hours counts minutes', formatSpan(120_000), '2m'],
    ['a span that would be negative is none', formatSpan(-5), '0s'],
    ['whole cores', formatCpu(4000), '4'],
    ['cores with a tenth', formatCpu(2710), '2.7'],
    ['less than a core', formatCpu(250), '0.25'],
    ['gibibytes', formatGib(8 * 2 ** 30), '8'],
    ['mebibytes as gibibytes', formatGib(64 * 2 ** 20), '0.06'],
    ['a small rate', formatRate(0.44), '0.4'],
    ['a large rate', formatRate(12_345), '12k'],
    ['a small share', formatPercent(0.008), '0.8'],
    ['no share', formatPercent(0), '0'],
    ['a digest', formatDigest('a3f91c07ffff'), 'a3f9 1c07'],
  ])('%s', (_name, text, wanted) => {
    expect(text).toBe(wanted)
  })
})
