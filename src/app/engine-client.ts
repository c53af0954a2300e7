/** The page's end of the engine: starts the worker, calls it through comlink, feeds its frames to the store. */
import i18next from 'i18next'
import { wrap, type Remote } from 'comlink'
import type { Action, ActResult, Frame, OpenResult, Source, WorkerApi } from '../engine/protocol.ts'
import { lineOf } from './gestures.ts'
import type { Language } from './preferences.ts'
import { announced, toasted, workbenchTabChosen } from './view-store.ts'
import { frameArrived } from './world-store.ts'

/** The engine as the page sees it: every call answers later. */
export type Engine = Remote<WorkerApi>

let started: Engine | undefined
let opened = ''

/** A frame comes as `{ type: 'frame', frame }`; everything else on the port is comlink's. */
const isFrame = (data: unknown): data is { readonly type: 'frame'; readonly frame: Frame } =>
  typeof data === 'object' && data !== null && 'type' in data && data.type === 'frame' && 'frame' in data

function startWorker(): Engine {
  const worker = new Worker(new URL('../engine/worker.ts', import.meta.url), { type: 'module', name: 'engine' })
  worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (isFrame(data)) frameArrived(data.frame)
  })
  worker.addEventListener('error', (event) => {
    toasted({ tone: 'error', text: i18next.t('app.engineCrashed'), detail: event.message })
  })
  return wrap<WorkerApi>(worker)
}

/** The one engine of this page; the first call starts it. */
export function engine(): Engine {
  started ??= startWorker()
  return started
}

/** Fields are explained in the page's language; called by what explains them, so that nothing is loaded before. */
export const speakFields = (language: Language): Promise<void> => engine().speak(language)

/** Opens a source unless it is what is open already (so that going between places keeps the run). */
export async function openSource(
  source: Source,
  options?: { readonly seed?: number; readonly again?: boolean },
): Promise<OpenResult | undefined> {
  const key = JSON.stringify(source)
  if (key === opened && options?.again !== true) return undefined
  opened = key
  const result = await engine().open(source, options?.seed === undefined ? undefined : { seed: options.seed })
  if (!result.ok) opened = ''
  return result
}

/** Opens a source anew, or says what is wrong with it. */
export async function openOrSay(source: Source): Promise<boolean> {
  const result = await openSource(source, { again: true })
  if (!result) return false
  const { ok, diagnostics } = result
  if (ok) replayed(result)
  else
    toasted({
      tone: 'error',
      text: i18next.t('editor.problems', { ns: 'panels', count: diagnostics.length }),
      detail: diagnostics.map(({ line, message }) => `${line}: ${message}`).join('\n'),
    })
  return ok
}

/** The address of this page with a link's part after `#`. */
export const addressOf = (link: string): string => `${location.href.split('#')[0] ?? ''}#${link}`

/** Says whether a recording that was lived through again came out as its sender saw it. */
export function replayed({ digestMatches }: OpenResult): void {
  if (digestMatches === undefined) return
  toasted(
    digestMatches ? { tone: 'success', text: i18next.t('link.matches') } : { tone: 'error', text: i18next.t('link.differs') },
  )
}

/** Does something to the cluster, and says on the page what became of it. */
export async function act(
  action: Action,
  said?: { readonly label: string; readonly target: string; readonly printsTo?: 'terminal' },
): Promise<ActResult> {
  const result = await engine().act(action)
  if (result.branch !== undefined)
    toasted({ tone: 'info', text: i18next.t('action.branched', { branch: result.branch }), detail: lineOf(action) })
  if (result.storedOnly) toasted({ tone: 'info', text: i18next.t('storedOnly', { ns: 'panels' }), detail: result.storedOnly.join('\n') })
  if (said) {
    const text = i18next.t('action.done', said)
    if (!result.ok)
      toasted({ tone: 'error', text: `${i18next.t('action.refused')}: ${text}`, detail: result.stderr || lineOf(action) })
    else if (result.branch === undefined) toasted({ tone: 'info', text, detail: lineOf(action) })
    announced(text)
    if (said.printsTo === 'terminal') workbenchTabChosen('terminal')
  }
  return result
}
