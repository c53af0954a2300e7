import { parseDocument, stringify } from 'yaml'
import { MAX_YAML_LENGTH, refuseYaml } from '../sim/scenario/yaml-guard.ts'
import { checkRecording, type Recording } from './recording.ts'

const API_VERSION = 'clusterlab.dev/v1'
const KIND = 'Recording'

/** A recording as a YAML file: for what is too large for a link, and for keeping. */
export const writeRecordingFile = (recording: Recording): string => stringify({ apiVersion: API_VERSION, kind: KIND, ...recording })

/** What the file holds, or what is wrong with it. */
export function readRecordingFile(text: string): Recording | string {
  const refusal = refuseYaml(text)
  if (refusal?.type === 'too-large') return `expected at most ${MAX_YAML_LENGTH} characters, received ${refusal.length}`
  if (refusal) return `expected a recording, received ${refusal.depth} levels of nesting`
  const document = parseDocument(text, { prettyErrors: false })
  const [error] = document.errors
  if (error) return error.message
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 100 })
  } catch {
    return 'too many aliases'
  }
  const { apiVersion, kind, ...recording } = (value ?? {}) as Readonly<Record<string, unknown>>
  if (apiVersion !== API_VERSION || kind !== KIND)
    return `expected apiVersion ${API_VERSION} and kind ${KIND}, received ${String(apiVersion)} and ${String(kind)}`
  return checkRecording(recording)
}
