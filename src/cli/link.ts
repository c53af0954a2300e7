import { readRecording, replay } from '../engine/replay.ts'
import { Session } from '../engine/session.ts'
import { encodeLink } from '../engine/share-link.ts'
import { builtinScenario } from '../scenarios/builtin.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { isError, readScenario } from '../sim/scenario/read-scenario.ts'
import { type CommandResult, EXIT_BAD_INPUT, EXIT_NO, EXIT_OK, type InputFile } from './report.ts'

const bad = (message: string): CommandResult => ({ stdout: '', stderr: `error: ${message}\n`, exit: EXIT_BAD_INPUT })

/** `clusterlab link`: the part of a share link after `#` that opens the file at its beginning. */
export function link({ file, schema }: { file: InputFile; schema: ApiSchema }): CommandResult {
  const { scenario, manifests, problems } = readScenario(file.text)
  const first = problems.find(isError)
  if (first) return bad(`${file.name}:${first.line}:${first.column}: ${first.path ? `${first.path}: ` : ''}${first.message}`)
  const source = { type: 'text', name: file.name, text: file.text } as const
  const session = new Session({
    schema,
    source,
    manifests,
    ...(scenario ? { scenario } : {}),
  })
  const encoded = encodeLink(session.recording())
  if (encoded === undefined) return bad(`${file.name} is too large for a link: share the file itself`)
  return { stdout: `#${encoded}\n`, stderr: '', exit: EXIT_OK }
}

/** `clusterlab open`: lives the recording of a link or of a file again and prints its digest; exit 1 when it is not the sender's. */
export function open({ text, schema }: { text: string; schema: ApiSchema }): CommandResult {
  const recording = readRecording(text)
  if (typeof recording === 'string') return bad(recording)
  const played = replay(recording, { schema, builtin: builtinScenario })
  if (typeof played === 'string') return bad(played)
  const { digest } = played.session.world
  const stdout = `${digest}\n`
  return played.digestMatches
    ? { stdout, stderr: '', exit: EXIT_OK }
    : {
        stdout,
        stderr: `error: at ${recording.at / 1000} s the sender had digest ${recording.digest}, this version gives ${digest}\n`,
        exit: EXIT_NO,
      }
}
