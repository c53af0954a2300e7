import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { isError, readScenario } from '../sim/scenario/read-scenario.ts'
import { fileKind } from './file-kind.ts'
import type { Recording } from './recording.ts'
import { readRecordingFile } from './recording-file.ts'
import { Session } from './session.ts'
import { decodeLink, linkProblemText } from './share-link.ts'

/** A link, or the text of a recording's file; a text says what is wrong with it. */
export function readRecording(given: string): Recording | string {
  if (fileKind(given) === 'recording') return readRecordingFile(given)
  const decoded = decodeLink(given.trim())
  return 'problem' in decoded ? linkProblemText(decoded.problem) : decoded
}

/** The scenario that a recording is about; a text says why there is none. */
export function scenarioTextOf({ source }: Recording, builtin: (name: string) => string | undefined): { readonly text: string } | string {
  const text = source.type === 'text' ? source.text : builtin(source.name)
  return text === undefined
    ? `the recording is about the built-in scenario "${source.type === 'builtin' ? source.name : ''}", which this version does not have`
    : { text }
}

/** Lives a recording again; a text says why it cannot. */
export function replay(
  recording: Recording,
  { schema, builtin }: { readonly schema: ApiSchema; readonly builtin: (name: string) => string | undefined },
): { readonly session: Session; readonly digestMatches: boolean } | string {
  const { source, seed } = recording
  const about = scenarioTextOf(recording, builtin)
  if (typeof about === 'string') return about
  const { scenario, manifests, problems } = readScenario(about.text)
  const first = problems.find(isError)
  if (first) return `the scenario in the recording is not valid: ${first.line}:${first.column}: ${first.message}`
  const session = new Session({ schema, source, seed, manifests, ...(scenario ? { scenario } : {}) })
  return { session, ...session.replay(recording) }
}
