import { expose } from 'comlink'
import { loadApiSchema } from '../sim/kubernetes/api/load-schema.ts'
import { builtinScenario } from '../scenarios/builtin.ts'
import { Engine } from './engine.ts'
import type { EngineApi, Frame } from './protocol.ts'

/** The part of a worker's global that is used here: DOM and worker types do not fit into one program. */
interface WorkerScope {
  postMessage(message: { readonly type: 'frame'; readonly frame: Frame }): void
}
const scope = self as unknown as WorkerScope

/** Commands by comlink, frames by plain messages of type `frame`. The engine is made on the first call, when its tables have come. */
const ready = loadApiSchema().then(
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

type Remote = { [Name in keyof EngineApi]: (...args: Parameters<EngineApi[Name]>) => Promise<ReturnType<EngineApi[Name]>> }

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
  validate: async (...args) => (await ready).validate(...args),
  completeYaml: async (...args) => (await ready).completeYaml(...args),
  evaluate: async (...args) => (await ready).evaluate(...args),
  switchBranch: async (...args) => (await ready).switchBranch(...args),
  compare: async (...args) => (await ready).compare(...args),
  share: async () => (await ready).share(),
  exportFile: async () => (await ready).exportFile(),
} satisfies Remote)
