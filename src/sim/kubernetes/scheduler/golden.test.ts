import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { AnyObject } from '../api/types.ts'
import { printArithmetic } from './arithmetic.ts'
import { readConfiguration } from './configuration.ts'
import { SchedulingCycles } from './cycle.ts'
import { decisionData, type DecisionData } from './decision.ts'
import { readDump } from './dump.ts'

/** One decision of the real kube-scheduler v1.35.4. */
interface Expected {
  readonly pod: string
  readonly nodes: readonly {
    readonly name: string
    readonly status: string
    readonly rejectedBy?: string
    readonly reasons?: readonly string[]
    readonly weighted?: Readonly<Record<string, number>>
    readonly total?: number
  }[]
  readonly feasible: readonly string[]
  readonly tied: readonly string[]
  readonly message?: string
  readonly preemption?: readonly { readonly node: string; readonly victims: readonly string[] }[]
}
interface Case {
  readonly name: string
  readonly config?: unknown
  readonly objects: readonly AnyObject[]
  readonly expected: readonly Expected[]
}

const folder = new URL('golden/', import.meta.url)
const families = readdirSync(folder)
  .filter((file) => file.endsWith('.jsonl'))
  .map((file) => ({
    family: file.replace('.jsonl', ''),
    cases: readFileSync(new URL(file, folder), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Case),
  }))

/** Scalar resources stand in a Go map there, whose order is random: compared as a set. */
const comparable = (reasons: readonly string[] = []): string =>
  [
    ...reasons.filter((reason) => !/^Insufficient .*[/-]/.test(reason) || reason === 'Insufficient ephemeral-storage'),
    ...reasons.filter((reason) => /^Insufficient .*[/-]/.test(reason) && reason !== 'Insufficient ephemeral-storage').sort(),
  ].join('; ')

const sorted = (names: readonly string[]): string => [...names].sort().join(' ')

/** Readable lines, one for each thing that differs. */
function differences(expected: Expected, received: DecisionData): readonly string[] {
  const lines: string[] = []
  const compare = (what: string, want: unknown, have: unknown, note = ''): void => {
    if (want !== have)
      lines.push(`${expected.pod} ${what}: expected ${String(want)}, received ${String(have)}${note && `  (${note})`}`)
  }
  compare('nodes', sorted(expected.nodes.map(({ name }) => name)), sorted(received.nodes.map(({ name }) => name)))
  for (const want of expected.nodes) {
    const have = received.nodes.find(({ name }) => name === want.name)
    if (!have) continue
    compare(`${want.name} status`, want.status, have.status)
    compare(`${want.name} rejectedBy`, want.rejectedBy, have.rejectedBy)
    compare(`${want.name} reasons`, comparable(want.reasons), comparable(have.reasons))
    compare(`${want.name} total`, want.total, have.total)
    for (const plugin of new Set([...Object.keys(want.weighted ?? {}), ...Object.keys(have.scores ?? {})])) {
      const arithmetic = have.arithmetic?.[plugin]
      const note = `raw ${have.scores?.[plugin]?.raw}${arithmetic ? `: ${printArithmetic(arithmetic)}` : ''}`
      compare(`${want.name} ${plugin}`, want.weighted?.[plugin] ?? 0, have.scores?.[plugin]?.weighted ?? 0, note)
    }
  }
  compare('feasible', sorted(expected.feasible), sorted(received.feasible))
  compare('tied', sorted(expected.tied), sorted(received.tied))
  compare('message', expected.message ?? '', received.message)
  const outcome = received.preemption && `${received.preemption.node}: ${sorted(received.preemption.victims)}`
  const outcomes = (expected.preemption ?? []).map(({ node, victims }) => `${node}: ${sorted(victims)}`)
  if (outcome === undefined ? outcomes.length > 0 : !outcomes.includes(outcome))
    lines.push(`${expected.pod} preemption: expected one of [${outcomes.join(' | ')}], received ${outcome}`)
  return lines
}

describe.each(families)('the real scheduler decides the same: $family', ({ cases }) => {
  test.each(cases)('$name', ({ config, objects, expected }) => {
    const configuration = readConfiguration(config)
    if (!configuration.ok) throw new Error(JSON.stringify(configuration.problems))
    const { cluster, pending } = readDump(objects)
    const decided: string[] = []
    const lines: string[] = []
    for (const pod of pending) {
      const info = cluster.reader.read(pod)
      const profile = configuration.value.profiles.find(({ schedulerName }) => schedulerName === info.shape.schedulerName)
      const want = expected.find(({ pod: key }) => key === info.key)
      if (!profile || !want) continue
      // Each pod is judged alone, so every search begins at the first node.
      cluster.nextStart = 0
      const { record } = new SchedulingCycles(cluster, profile).decide(info, {
        random: () => 0,
        now: 1_800_000_000_000,
        arithmetic: true,
      })
      decided.push(info.key)
      lines.push(...differences(want, decisionData(record)))
    }
    expect(lines).toEqual([])
    expect(decided).toEqual(expected.map(({ pod }) => pod))
  })
})
