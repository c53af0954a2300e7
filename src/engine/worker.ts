import { expose } from 'comlink'
import { loadFieldWords } from '../sim/kubernetes/api/load-field-words.ts'
import { loadApiSchema } from '../sim/kubernetes/api/load-schema.ts'
import { builtinScenario } from '../scenarios/builtin.ts'
import { Engine } from './engine.ts'
import type { Frame, WorkerApi } from './protocol.ts'

/** The part of a worker's global that is used here: DOM and worker types do not fit into one program. */
interface WorkerScope {
  postMessage(message: { readonly type: 'frame'; readonly frame: Frame }): void
}
const scope = self as unknown as WorkerScope

/** Commands by comlink, frames by plain messages of type `frame`. The engine is made on the first call, when its tables have come. */
const schemaReady = loadApiSchema()
const ready = schemaReady.then(
  (schema) =>
    new Engine({
      schema,
      builtin: builtinScenario,
      send: (frame) => scope.postMessage({ type: 'frame', frame }),
      clock: () => performance.now(),
      later: (callback, ms) => {
        const timer = setTimeout(callback, ms)
        return () => clearTimeout(timer)
      },
    }),
)

type Remote = { [Name in keyof WorkerApi]: (...args: Parameters<WorkerApi[Name]>) => Promise<ReturnType<WorkerApi[Name]>> }

expose({
  open: async (...args) => (await ready).open(...args),
  play: async () => (await ready).play(),
  playUntil: async (...args) => (await ready).playUntil(...args),
  pause: async () => (await ready).pause(),
  setSpeed: async (...args) => (await ready).setSpeed(...args),
  step: async (...args) => (await ready).step(...args),
  seek: async (...args) => (await ready).seek(...args),
  act: async (...args) => (await ready).act(...args),
  complete: async (...args) => (await ready).complete(...args),
  inspect: async (...args) => (await ready).inspect(...args),
  inspectScheduler: async () => (await ready).inspectScheduler(),
  validate: async (...args) => (await ready).validate(...args),
  completeYaml: async (...args) => (await ready).completeYaml(...args),
  fieldAt: async (...args) => (await ready).fieldAt(...args),
  speak: async (language) => {
    const schema = await schemaReady
    schema.words ??= await loadFieldWords()
    schema.words.language = language
  },
  evaluate: async (...args) => (await ready).evaluate(...args),
  switchBranch: async (...args) => (await ready).switchBranch(...args),
  compare: async (...args) => (await ready).compare(...args),
  compareSchedulers: async (...args) => (await ready).compareSchedulers(...args),
  checkSchedulerConfiguration: async (...args) => (await ready).checkSchedulerConfiguration(...args),
  share: async () => (await ready).share(),
  exportFile: async () => (await ready).exportFile(),
} satisfies Remote)
