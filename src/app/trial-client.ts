import { wrap, type Remote } from 'comlink'
import type { TrialApi } from '../engine/trial-worker.ts'

let started: { readonly worker: Worker; readonly api: Remote<TrialApi> } | undefined

/** The worker in which scenario files are tried and attempts graded; the first call starts it. */
export function trials(): Remote<TrialApi> {
  if (!started) {
    const worker = new Worker(new URL('../engine/trial-worker.ts', import.meta.url), { type: 'module', name: 'trials' })
    started = { worker, api: wrap<TrialApi>(worker) }
  }
  return started.api
}

/** Ends whatever is being tried; its answer never comes. */
export function stopTrials(): void {
  started?.worker.terminate()
  started = undefined
}
