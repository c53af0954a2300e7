import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { checkScenario } from '../sim/scenario/check.ts'
import { parseScenario } from '../sim/scenario/parse.ts'
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

/** Lives a recording again; a text says why it cannot. */
export function replay(
  recording: Recording,
  { schema, builtin }: { readonly schema: ApiSchema; readonly builtin: (name: string) => string | undefined },
): { readonly session: Session; readonly digestMatches: boolean } | string {
  const { source, seed } = recording
  const text = source.type === 'text' ? source.text : builtin(source.name)
  if (text === undefined)
    return `the recording is about the built-in scenario "${source.type === 'builtin' ? source.name : ''}", which this version does not have`
  const { scenario, manifests, problems, locate } = parseScenario(text)
  const first = [...problems, ...(scenario ? checkScenario(scenario, locate) : [])].find(({ severity }) => severity === 'error')
  if (first) return `the scenario in the recording is not valid: ${first.line}:${first.column}: ${first.message}`
  const session = new Session({ schema, source, seed, manifests, ...(scenario ? { scenario } : {}) })
  return { session, ...session.replay(recording) }
}
