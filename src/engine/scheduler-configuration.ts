import { isNode, LineCounter, parseDocument } from 'yaml'
import { readConfiguration } from '../sim/kubernetes/scheduler/configuration.ts'
import type { Scenario } from '../sim/scenario/schema.ts'
import { releaseOf } from '../sim/scenario/world.ts'
import { MAX_YAML_DEPTH, MAX_YAML_LENGTH, refuseYaml } from '../sim/scenario/yaml-guard.ts'
import type { Diagnostic } from './protocol.ts'

export interface SchedulerConfigurationAnswer {
  /** Absent when there are problems. */
  readonly value: unknown
  readonly diagnostics: readonly Diagnostic[]
}

/** A KubeSchedulerConfiguration as a student types it, held against the release of the scenario. */
export function readSchedulerConfiguration(text: string, scenario: Scenario | undefined): SchedulerConfigurationAnswer {
  const lines = new LineCounter()
  const at = (from: number, to: number, path: string, message: string): Diagnostic => {
    const { line, col } = lines.linePos(from)
    return { severity: 'error', from, to: Math.max(from, to), line, column: col, path, message }
  }
  if (refuseYaml(text))
    return { value: undefined, diagnostics: [at(0, 0, '', `expected at most ${MAX_YAML_LENGTH} characters of YAML and ${MAX_YAML_DEPTH} levels of nesting`)] }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0)
    return { value: undefined, diagnostics: document.errors.map(({ pos: [from, to], message }) => at(from, to, '', message)) }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch {
    return { value: undefined, diagnostics: [at(0, 0, '', 'expected at most 100 uses of aliases')] }
  }
  const answer = readConfiguration(value ?? {}, releaseOf(scenario))
  if (answer.ok) return { value, diagnostics: [] }
  const diagnostics = answer.problems.map(({ path, expected, received }) => {
    const steps = [...path.matchAll(/[^.[\]]+/g)].map(([part]) => (/^\d+$/.test(part) ? Number(part) : part))
    let node: unknown = document.contents
    for (let length = steps.length; length > 0; length--) {
      const found = document.getIn(steps.slice(0, length), true)
      if (!isNode(found)) continue
      node = found
      break
    }
    const [from, to] = isNode(node) && node.range ? node.range : [0, 0]
    return at(from, to, path, `expected ${expected}, received ${received}`)
  })
  return { value: undefined, diagnostics: diagnostics.sort((a, b) => a.from - b.from) }
}
