import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command, InvalidArgumentError, Option } from 'commander'
import { loadFieldWords } from '../sim/kubernetes/api/load-field-words.ts'
import { loadApiSchema } from '../sim/kubernetes/api/load-schema.ts'
import { conform } from './conform.ts'
import { grade } from './grade.ts'
import { kubectlCommand } from './kubectl.ts'
import { link, open } from './link.ts'
import { type CommandResult, EXIT_BAD_INPUT, type InputFile } from './report.ts'
import { run } from './run.ts'
import { schedule } from './schedule.ts'
import { validate } from './validate.ts'

class BadInput extends Error {}

/** Reads files; `-` is standard input. */
function read(names: readonly string[]): readonly InputFile[] {
  return names.map((name) => {
    try {
      return { name: name === '-' ? 'STDIN' : name, text: readFileSync(name === '-' ? 0 : name, 'utf8') }
    } catch (error) {
      throw new BadInput(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  })
}

/** What a file holds, or the link itself. */
const linkOrFile = (name: string): string => (name === '-' || existsSync(name) ? read([name])[0]!.text : name)

/** Folders stand for the JSON files below them, in order. */
function recordings(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    let isFolder: boolean
    try {
      isFolder = statSync(name).isDirectory()
    } catch (error) {
      throw new BadInput(`${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
    if (!isFolder) return [name]
    return recordings(
      readdirSync(name)
        .sort()
        .map((entry) => join(name, entry))
        .filter((path) => path.endsWith('.json') || statSync(path).isDirectory()),
    )
  })
}

function finish({ stdout, stderr, exit }: CommandResult): void {
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  process.exitCode = exit
}

const wholeNumber = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number from 0 on')
  return value
}

const format = (...choices: string[]): Option => new Option('--format <format>', 'how to print').choices(choices).default('text')

/** A line that rewrites itself, on a terminal only. */
function progressLine(): ((done: number, of: number, what?: string) => void) | undefined {
  if (!process.stderr.isTTY) return undefined
  return (done, of, what = '') =>
    process.stderr.write(done >= of ? '\r\u001b[K' : `\r\u001b[K${Math.floor((100 * done) / of)} % ${what}`)
}

const program = new Command('clusterlab')
  .description('A teaching simulator for cluster scheduling: run, judge and share scenarios without a cluster')
  .exitOverride()
  .showHelpAfterError()

program
  .command('run')
  .description('run a scenario, or plain manifests on the default cluster of three nodes')
  .argument('<file...>', 'scenario or manifests; - reads standard input')
  .option('--until <duration>', 'simulated time, such as 90s or 5m')
  .option('--seed <number>', 'instead of the seed of the scenario', wholeNumber)
  .addOption(format('text', 'json', 'junit'))
  .action(async (files: string[], options: { until?: string; seed?: number; format: 'text' | 'json' | 'junit' }) => {
    const progress = progressLine()
    finish(
      run({
        files: read(files),
        schema: await loadApiSchema(),
        format: options.format,
        ...(options.until === undefined ? {} : { until: options.until }),
        ...(options.seed === undefined ? {} : { seed: options.seed }),
        ...(progress && options.format === 'text'
          ? { progress: (now: number, until: number) => progress(now, until, `${now / 1000} s`) }
          : {}),
      }),
    )
  })

program
  .command('schedule')
  .description('what the scheduler decides for each pending Pod of a cluster dump, without time')
  .argument('<file...>', 'output of kubectl get nodes,pods -A -o yaml, or a YAML stream')
  .option('--config <file>', 'a KubeSchedulerConfiguration')
  .option('--alone', 'judge each Pod against the dump as given; without it each binding counts for the next', false)
  .addOption(format('text', 'json'))
  .action((files: string[], options: { config?: string; alone: boolean; format: 'text' | 'json' }) => {
    const [config] = options.config === undefined ? [] : read([options.config])
    finish(schedule({ files: [...read(files)], alone: options.alone, format: options.format, ...(config ? { config } : {}) }))
  })

program
  .command('validate')
  .description('judge each document as a create on a fresh cluster would')
  .argument('<file...>')
  .addOption(format('text', 'json'))
  .action(async (files: string[], options: { format: 'text' | 'json' }) => {
    finish(validate({ files: read(files), format: options.format, schema: await loadApiSchema() }))
  })

program
  .command('kubectl')
  .description('answer one kubectl line from a cluster dump')
  .usage('FILE... [--now RFC3339] [--write OUT.yaml] -- ARGS...')
  .argument('[words...]', 'dump files, then -- and the words after kubectl')
  .option('--now <time>', 'the clock, RFC 3339; without it the newest time in the dump')
  .option('--write <file>', 'write the whole world after the line as a v1 List')
  .action(async (words: string[], options: { now?: string; write?: string }) => {
    // commander has eaten the `--`: what stood behind it is told apart by counting.
    const behind = process.argv.slice(process.argv.indexOf('--') + 1)
    const hasDash = process.argv.includes('--')
    const files = hasDash ? words.slice(0, words.length - behind.length) : words
    if (!hasDash) throw new BadInput('expected -- before the words of the kubectl line')
    const usesStdin = behind.some(
      (word, index) =>
        word === '-f-' || word === '--filename=-' || (word === '-' && ['-f', '--filename'].includes(behind[index - 1] ?? '')),
    )
    const schema = await loadApiSchema()
    schema.words = await loadFieldWords()
    const result = kubectlCommand({
      files: [...read(files)],
      args: behind,
      write: options.write !== undefined,
      readFile: (name) => (statSync(name, { throwIfNoEntry: false })?.isFile() ? readFileSync(name, 'utf8') : undefined),
      schema,
      ...(options.now === undefined ? {} : { now: options.now }),
      ...(usesStdin ? { stdin: readFileSync(0, 'utf8') } : {}),
    })
    if (options.write !== undefined && result.world !== undefined) writeFileSync(options.write, result.world)
    finish(result)
  })

program
  .command('link')
  .description('the share link (the part after the address) that opens a scenario')
  .argument('<file>')
  .action(async (file: string) => finish(link({ file: read([file])[0]!, schema: await loadApiSchema() })))

program
  .command('open')
  .description('replay a share link, or the file of a recording, without a browser and print its digest')
  .argument('<link or file>', 'a link, the name of a file, or - for standard input')
  .action(async (name: string) => finish(open({ text: linkOrFile(name), schema: await loadApiSchema() })))

program
  .command('grade')
  .description('replay attempts that came back as links or files, and judge each goal')
  .argument('<link or file...>')
  .addOption(format('text', 'json'))
  .action(async (names: string[], options: { format: 'text' | 'json' }) => {
    const attempts = names.map((name) => ({ name: name.length > 60 ? `${name.slice(0, 57)}…` : name, text: linkOrFile(name) }))
    return finish(grade({ attempts, format: options.format, schema: await loadApiSchema() }))
  })

program
  .command('conform')
  .description('replay recordings of the real components and list what differs')
  .argument('<file...>', 'recordings, or folders of them')
  .addOption(format('text', 'json'))
  .action(async (names: string[], options: { format: 'text' | 'json' }) => {
    const files = read(recordings(names))
    const progress = progressLine()
    finish(
      await conform({
        files: [...files],
        format: options.format,
        schema: await loadApiSchema(),
        ...(progress ? { progress } : {}),
      }),
    )
  })

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof BadInput) {
    process.stderr.write(`error: ${error.message}\n`)
    process.exitCode = EXIT_BAD_INPUT
  } else if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_BAD_INPUT
  } else throw error
}
