import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { Kernel } from '../../kernel/kernel.ts'
import { parseTime } from '../../kernel/time.ts'
import { refuse } from '../../kubernetes/api/status.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { ApiServer } from '../../kubernetes/apiserver/api-server.ts'
import { Store } from '../../kubernetes/etcd/store.ts'
import type { Environment, Step } from '../command.ts'
import { resumeKubectl, startKubectl } from '../kubectl.ts'
import { apiSchema } from './golden.ts'

/** One recorded line of the real kubectl against a real API server. */
export interface RecordedStep {
  readonly args: readonly string[]
  readonly stdin?: string
  readonly exit: number
  readonly stdout: string
  readonly stderr: string
}

export interface RecordedCase {
  readonly name: string
  readonly world: 'base' | 'small' | 'limits'
  readonly steps: readonly RecordedStep[]
  /** A Go map was walked: compare as multisets of words. */
  readonly unordered?: true
  readonly optional?: true
}

const here = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
const SERVER_GOLDEN = '../../kubernetes/apiserver/golden'

/** `defaults` and `validation` lie with the API server, which checks its own part of them. */
export function recordedCases(theme: 'apply' | 'write' | 'defaults' | 'validation'): readonly RecordedCase[] {
  if (theme === 'defaults' || theme === 'validation')
    return (JSON.parse(here(`${SERVER_GOLDEN}/${theme}.json`)) as { cases: readonly RecordedCase[] }).cases
  return here(`../golden/api/${theme}.jsonl`)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as RecordedCase)
}

const worlds = new Map<string, readonly AnyObject[]>()

function worldObjects(name: string): readonly AnyObject[] {
  const known = worlds.get(name)
  if (known) return known
  const { items } = parse(here(`${SERVER_GOLDEN}/worlds/${name}.yaml`)) as { items: readonly AnyObject[] }
  worlds.set(name, items)
  return items
}

const AGE_OF_OLDEST_POD_MS = ((3 * 24 + 4) * 60 + 30) * 60_000

/** Where the clock of a world stands: ages of its Pods are `3d4h`. */
function clockOf(objects: readonly AnyObject[]): number {
  const bornMs = (object: AnyObject): number => parseTime(object.metadata.creationTimestamp) ?? 0
  const pods = objects.filter(({ kind }) => kind === 'Pod')
  return pods.length > 0 ? Math.min(...pods.map(bornMs)) + AGE_OF_OLDEST_POD_MS : Math.max(...objects.map(bornMs)) + 60_000
}

/** A world in which nothing runs but the API server. */
export class QuietWorld {
  readonly kernel: Kernel
  readonly server: ApiServer

  constructor(objects: readonly AnyObject[], unixMs: number) {
    this.kernel = new Kernel({ seed: 1, epochMs: unixMs })
    this.server = new ApiServer({ kernel: this.kernel, store: new Store(), schema: apiSchema })
    for (const object of objects) this.server.load(object)
  }

  static named(name: string): QuietWorld {
    const objects = worldObjects(name)
    return new QuietWorld(objects, clockOf(objects))
  }

  environment(stdin?: string): Environment {
    const api = this.server.client({ user: 'kubernetes-admin' })
    return {
      api,
      registry: this.server.resources,
      schema: apiSchema,
      unixMs: this.kernel.unixMs,
      session: { context: 'lab', contexts: [{ name: 'lab', cluster: 'lab', user: 'kubernetes-admin' }] },
      serverAddress: 'https://10.0.0.1:6443',
      ...(stdin === undefined ? {} : { stdin }),
      file: (name) => (name === '/dev/stdin' ? stdin : undefined),
      logs: () => refuse({ code: 500, reason: 'InternalError', message: 'no kubelets here' }),
      exec: () => refuse({ code: 500, reason: 'InternalError', message: 'no kubelets here' }),
    }
  }

  /** Runs a line to its end; time passes where it waits. */
  run(args: readonly string[], stdin?: string): { readonly exit: number; readonly stdout: string; readonly stderr: string } {
    let step: Step = startKubectl(args, this.environment(stdin))
    let { stdout, stderr } = step
    for (let rounds = 0; 'again' in step && rounds < 10_000; rounds++) {
      this.kernel.advanceTo(this.kernel.now + step.again.afterMs)
      step = resumeKubectl(step.again.state, this.environment(stdin))
      stdout += step.stdout
      stderr += step.stderr
    }
    return { exit: 'exit' in step ? step.exit : -1, stdout, stderr }
  }
}

const INVENTED: readonly (readonly [RegExp, string | ((match: string, ...groups: string[]) => string)])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>'],
  [/(resourceVersion"?: )"\d+"/g, (_, head) => `${head}"<rv>"`],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>'],
  [/kube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-<suffix>'],
  [/10\.96\.\d+\.\d+/g, (match) => (match === '10.96.0.1' || match === '10.96.5.5' ? match : '<clusterIP>')],
  [
    /\b\d{5}\b/g,
    (match) => {
      const port = Number(match)
      return port > 30_000 && port <= 32_999 && port !== 32_767 ? '<nodePort>' : match
    },
  ],
]

/** Replaces what a server invents, unless the case itself says it. */
export function normalised(text: string, given: string): string {
  let out = text
  for (const [pattern, by] of INVENTED)
    out = out.replace(pattern, (match: string, ...groups: string[]) =>
      given.includes(match) ? match : typeof by === 'string' ? by : by(match, ...groups),
    )
  return out
}

export const wordsOf = (text: string): readonly string[] =>
  text
    .split(/[\s[\],;]+/)
    .filter((word) => word !== '')
    .sort()

export const givenIn = ({ steps }: RecordedCase): string =>
  steps.map(({ args, stdin }) => `${args.join(' ')}\n${stdin ?? ''}`).join('\n')
