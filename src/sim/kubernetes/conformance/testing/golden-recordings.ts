import { readFileSync } from 'node:fs'
import type { ControllerRecording } from '../recording.ts'

export const THEMES = [
  'deployment',
  'replicaset',
  'service',
  'node',
  'gc',
  'namespace',
  'pdb',
  'quota',
  'daemonset',
  'job',
  'cronjob',
  'statefulset',
  'storage',
  'scheduling',
  'hpa',
] as const
export type Theme = (typeof THEMES)[number]

const read = (name: string): string => readFileSync(new URL(`../golden/${name}`, import.meta.url), 'utf8')

export const recordingsOf = (theme: Theme): readonly ControllerRecording[] =>
  read(`${theme}.jsonl`)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ControllerRecording)

/** Names of the recordings that agree; the list only grows. */
export const agreeing = (theme: Theme): readonly string[] =>
  (JSON.parse(read('agreeing.json')) as Readonly<Record<Theme, readonly string[]>>)[theme]
