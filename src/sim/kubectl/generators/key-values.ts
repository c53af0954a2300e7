import { isEnvName } from '../../kubernetes/apiserver/validation/names.ts'
import type { Environment } from '../command.ts'
import { fail } from '../failure.ts'
import type { FlagValues } from '../flags.ts'

export type KeyValue = readonly [key: string, value: string]

/** `key=value`; quotes around the value are kept. Models util.ParseLiteralSource. */
function literal(source: string): KeyValue {
  const equals = source.indexOf('=')
  if (equals <= 0) return fail(`invalid literal source ${source}, expected key=value`)
  return [source.slice(0, equals), source.slice(equals + 1)]
}

/** `file` or `key=file`. Models util.ParseFileSource. */
function file(env: Environment, source: string): KeyValue {
  const parts = source.split('=')
  if (parts.length > 2) return fail("key names or file paths cannot contain '='")
  if (parts.length === 2 && parts[0] === '') return fail(`key name for file path ${parts[1]} missing`)
  if (parts.length === 2 && parts[1] === '') return fail(`file path for key name ${parts[0]} missing`)
  const path = parts.at(-1)!
  const content = env.file(path)
  if (content === undefined) return fail(`error reading ${path}: no such file or directory`)
  return [parts.length === 2 ? parts[0]! : path.split('/').at(-1)!, content]
}

/** Lines `KEY=value`; `#` begins a comment. Models cmdutil.AddFromEnvFile. */
function envFile(env: Environment, path: string): readonly KeyValue[] {
  const content = env.file(path)
  if (content === undefined) return fail(`error reading ${path}: no such file or directory`)
  const out: KeyValue[] = []
  for (const raw of content.replace(/^\uFEFF/, '').split('\n')) {
    const line = raw.replace(/\r$/, '').replace(/^\s+/, '')
    if (line === '' || line.startsWith('#')) continue
    const equals = line.indexOf('=')
    const key = equals < 0 ? line : line.slice(0, equals)
    const problems = isEnvName(key)
    if (problems.length > 0) return fail(`${JSON.stringify(key)} is not a valid key name: ${problems.join(';')}`)
    // A name alone takes its value from kubectl's own environment, which is empty here.
    out.push([key, equals < 0 ? '' : line.slice(equals + 1)])
  }
  return out
}

/** All pairs that `--from-file`, `--from-literal` and `--from-env-file` name, in the order in which upstream adds them. */
export function keyValuesOf(env: Environment, flags: FlagValues, order: 'files first' | 'literals first'): readonly KeyValue[] {
  const envFiles = flags.list('from-env-file')
  if (envFiles.length > 0 && (flags.list('from-file').length > 0 || flags.list('from-literal').length > 0))
    fail('from-env-file cannot be combined with from-file or from-literal')
  const files = (): readonly KeyValue[] => flags.list('from-file').map((source) => file(env, source))
  const literals = (): readonly KeyValue[] => flags.list('from-literal').map(literal)
  const given = order === 'files first' ? [...files(), ...literals()] : [...literals(), ...files()]
  return [...given, ...envFiles.flatMap((path) => envFile(env, path))]
}
