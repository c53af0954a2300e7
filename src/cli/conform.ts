import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import type { PodTemplateSpec } from '../sim/kubernetes/api/types.ts'
import { playControllerRecording } from '../sim/kubernetes/conformance/controller-recording.ts'
import type { KubeletRecording } from '../sim/kubernetes/conformance/kubelet-case.ts'
import { playKubeletRecording } from '../sim/kubernetes/conformance/kubelet-recording.ts'
import type { ControllerRecording } from '../sim/kubernetes/conformance/recording.ts'
import { podTemplateHash } from '../sim/kubernetes/controllers/pod-template-hash.ts'
import { Scheduler } from '../sim/kubernetes/scheduler/scheduler.ts'
import { type CommandResult, EXIT_BAD_INPUT, EXIT_NO, EXIT_OK, type InputFile, json } from './report.ts'

export interface ConformanceCase {
  readonly theme: string
  readonly name: string
  readonly passed: boolean
  /** What came out otherwise than recorded, in words. */
  readonly differences: readonly string[]
}

interface ConformanceReport {
  readonly kind: 'ConformanceReport'
  readonly cases: readonly ConformanceCase[]
}

type Fields = Readonly<Record<string, unknown>>

type Case =
  | { readonly type: 'controllers'; readonly recording: ControllerRecording }
  | { readonly type: 'kubelet'; readonly recording: KubeletRecording }
  | {
      readonly type: 'hash'
      readonly name: string
      readonly template: PodTemplateSpec
      readonly collisionCount?: number
      readonly hash: string
    }

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

/** What kind of recording an object of a file is; undefined when it is none. */
function caseOf(value: unknown): Case | undefined {
  if (!isFields(value) || typeof value['name'] !== 'string') return undefined
  if (
    isFields(value['expect']) &&
    Array.isArray(value['steps']) &&
    Array.isArray(value['nodes']) &&
    isFields(value['podBehaviour'])
  )
    return { type: 'controllers', recording: { racy: [], ...value } as unknown as ControllerRecording }
  // Cases about the node itself have neither Pod nor script.
  if (isFields(value['script']) || Array.isArray(value['script']) || (value['name'].startsWith('node/') && typeof value['about'] === 'string'))
    return { type: 'kubelet', recording: value as unknown as KubeletRecording }
  if (isFields(value['storedTemplate']) && typeof value['hash'] === 'string') {
    const { collisionCount } = value
    return {
      type: 'hash',
      name: value['name'],
      template: value['storedTemplate'] as unknown as PodTemplateSpec,
      ...(typeof collisionCount === 'number' && collisionCount > 0 ? { collisionCount } : {}),
      hash: value['hash'],
    }
  }
  return undefined
}

/** A file holds one recording, a list of them, or one a line. */
function parse({ name, text }: InputFile): readonly unknown[] | string {
  try {
    const value = JSON.parse(text) as unknown
    return Array.isArray(value) ? value : [value]
  } catch (error) {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    try {
      if (lines.length > 1) return lines.map((line) => JSON.parse(line) as unknown)
    } catch {
      // It is no list of lines either: the first complaint stands.
    }
    return `${name}: ${error instanceof Error ? error.message : String(error)}`
  }
}

function play(found: Case, schema: ApiSchema, kubelets: ReadonlyMap<string, KubeletRecording>): ConformanceCase {
  const verdict = (theme: string, name: string, differences: readonly string[]): ConformanceCase => ({
    theme,
    name,
    passed: differences.length === 0,
    differences,
  })
  switch (found.type) {
    case 'controllers': {
      const { recording } = found
      return verdict(
        recording.theme,
        recording.name,
        playControllerRecording(recording, { schema, scheduler: (context) => new Scheduler(context) }),
      )
    }
    case 'kubelet': {
      const { recording } = found
      const { theme = 'kubelet', name } = recording as { readonly theme?: string; readonly name: string }
      return verdict(theme, name, playKubeletRecording(recording, { schema, find: (other) => kubelets.get(other) }))
    }
    case 'hash': {
      const hash = podTemplateHash(found.template, found.collisionCount)
      return verdict('hashes', found.name, hash === found.hash ? [] : [`pod-template-hash: expected ${found.hash}, got ${hash}`])
    }
  }
}

function text(report: ConformanceReport): string {
  const lines: string[] = []
  const byTheme = new Map<string, ConformanceCase[]>()
  for (const one of report.cases) byTheme.set(one.theme, [...(byTheme.get(one.theme) ?? []), one])
  for (const { theme, name, passed, differences } of report.cases) {
    lines.push(`${passed ? 'ok  ' : 'FAIL'} ${theme}/${name}`)
    for (const difference of differences) lines.push(`       ${difference}`)
  }
  lines.push('')
  for (const [theme, cases] of byTheme) lines.push(`${theme}: ${cases.filter(({ passed }) => passed).length} of ${cases.length}`)
  const passed = report.cases.filter((one) => one.passed).length
  lines.push(`${passed} of ${report.cases.length} recordings agree`)
  return `${lines.join('\n')}\n`
}

/**
 * Replays recordings of the real components on the simulator and tells what differs. Exit 0: all agree; 1: some differ; 2: a file could not
 * be read as recordings. `progress` is told before each case.
 */
export async function conform(options: {
  readonly files: readonly InputFile[]
  readonly format: 'text' | 'json'
  readonly schema: ApiSchema
  readonly progress?: (done: number, total: number, name?: string) => void
}): Promise<CommandResult> {
  const found: Case[] = []
  const complaints: string[] = []
  for (const file of options.files) {
    const values = parse(file)
    if (typeof values === 'string') {
      complaints.push(values)
      continue
    }
    const cases = values.map(caseOf)
    found.push(...cases.filter((one) => one !== undefined))
    if (values.length > 0 && cases.every((one) => one === undefined)) complaints.push(`${file.name}: no recording in it`)
  }
  if (complaints.length > 0 || found.length === 0)
    return { stdout: '', stderr: `error: ${complaints.join('\nerror: ') || 'no recordings'}\n`, exit: EXIT_BAD_INPUT }
  const kubelets = new Map(found.flatMap((one) => (one.type === 'kubelet' ? [[one.recording.name, one.recording] as const] : [])))
  const cases: ConformanceCase[] = []
  for (const [index, one] of found.entries()) {
    options.progress?.(index, found.length, one.type === 'hash' ? one.name : one.recording.name)
    cases.push(play(one, options.schema, kubelets))
    // Lets the progress line be drawn.
    await Promise.resolve()
  }
  options.progress?.(found.length, found.length)
  const report: ConformanceReport = { kind: 'ConformanceReport', cases }
  return {
    stdout: options.format === 'json' ? json(report) : text(report),
    stderr: '',
    exit: cases.every(({ passed }) => passed) ? EXIT_OK : EXIT_NO,
  }
}
