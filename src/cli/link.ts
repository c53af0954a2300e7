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
  return { stdout: `#${encodeLink(session.recording())}\n`, stderr: '', exit: EXIT_OK }
}

/** `clusterlab open`: lives a link's recording again and prints its digest; exit 1 when it is not the sender's. */
export function open({ payload, schema }: { payload: string; schema: ApiSchema }): CommandResult {
  const decoded = decodeLink(payload)
  if ('problem' in decoded) return bad(`the link cannot be read: ${JSON.stringify(decoded.problem)}`)
  const { source, seed, digest, at } = decoded
  const text = source.type === 'text' ? source.text : builtinScenario(source.name)
  if (text === undefined)
    return bad(
      `the link is about the built-in scenario "${source.type === 'builtin' ? source.name : ''}", which this version does not have`,
    )
  const parsed = parseScenario(text)
  const first = [...parsed.problems, ...(parsed.scenario ? checkScenario(parsed.scenario, parsed.locate) : [])].find(
    ({ severity }) => severity === 'error',
  )
  if (first) return bad(`the scenario in the link is not valid: ${first.line}:${first.column}: ${first.message}`)
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
