import { fileKind } from '../engine/file-kind.ts'
import type { Recording } from '../engine/recording.ts'
import { readRecordingFile } from '../engine/recording-file.ts'
import { Session } from '../engine/session.ts'
import { decodeLink, encodeLink } from '../engine/share-link.ts'
import { builtinScenario } from '../scenarios/builtin.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { checkScenario } from '../sim/scenario/check.ts'
import { parseScenario } from '../sim/scenario/parse.ts'
import { type CommandResult, EXIT_BAD_INPUT, EXIT_NO, EXIT_OK, type InputFile } from './report.ts'

const bad = (message: string): CommandResult => ({ stdout: '', stderr: `error: ${message}\n`, exit: EXIT_BAD_INPUT })

/** `clusterlab link`: the part of a share link after `#` that opens the file at its beginning. */
export function link({ file, schema }: { file: InputFile; schema: ApiSchema }): CommandResult {
  const parsed = parseScenario(file.text)
  const problems = [...parsed.problems, ...(parsed.scenario ? checkScenario(parsed.scenario, parsed.locate) : [])]
  const first = problems.find(({ severity }) => severity === 'error')
  if (first) return bad(`${file.name}:${first.line}:${first.column}: ${first.path ? `${first.path}: ` : ''}${first.message}`)
  const source = { type: 'text', name: file.name, text: file.text } as const
  const session = new Session({
    schema,
    source,
    manifests: parsed.manifests,
    ...(parsed.scenario ? { scenario: parsed.scenario } : {}),
  })
  const encoded = encodeLink(session.recording())
  if (encoded === undefined) return bad(`${file.name} is too large for a link: share the file itself`)
  return { stdout: `#${encoded}\n`, stderr: '', exit: EXIT_OK }
}

/** `clusterlab open`: lives the recording of a link or of a file again and prints its digest; exit 1 when it is not the sender's. */
export function open({ text: given, schema }: { text: string; schema: ApiSchema }): CommandResult {
  let decoded: Recording
  if (fileKind(given) === 'recording') {
    const read = readRecordingFile(given)
    if (typeof read === 'string') return bad(`the recording cannot be read: ${read}`)
    decoded = read
  } else {
    const read = decodeLink(given.trim())
    if ('problem' in read) return bad(`the link cannot be read: ${JSON.stringify(read.problem)}`)
    decoded = read
  }
  const { source, seed, digest, at } = decoded
  const text = source.type === 'text' ? source.text : builtinScenario(source.name)
  if (text === undefined)
    return bad(
      `the recording is about the built-in scenario "${source.type === 'builtin' ? source.name : ''}", which this version does not have`,
    )
  const parsed = parseScenario(text)
  const first = [...parsed.problems, ...(parsed.scenario ? checkScenario(parsed.scenario, parsed.locate) : [])].find(
    ({ severity }) => severity === 'error',
  )
  if (first) return bad(`the scenario in the recording is not valid: ${first.line}:${first.column}: ${first.message}`)
  const session = new Session({
    schema,
    source,
    seed,
    manifests: parsed.manifests,
    ...(parsed.scenario ? { scenario: parsed.scenario } : {}),
  })
  const { digestMatches } = session.replay(decoded)
  const stdout = `${session.world.digest}\n`
  return digestMatches
    ? { stdout, stderr: '', exit: EXIT_OK }
    : {
        stdout,
        stderr: `error: at ${at / 1000} s the sender had digest ${digest}, this version gives ${session.world.digest}\n`,
        exit: EXIT_NO,
      }
}
