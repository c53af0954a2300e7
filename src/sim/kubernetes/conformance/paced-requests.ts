import type { Millis } from '../../kernel/time.ts'
import type { Api } from '../api/client.ts'

/** Thrown through a command whose next request is not due yet. */
export class NotDue extends Error {
  override readonly name = 'NotDue'
  /** From the answer before to the arrival of this request. */
  readonly afterMs: Millis

  constructor(afterMs: Millis) {
    super('the next request is not due yet')
    this.afterMs = afterMs
  }
}

/**
 * Lets a command make one request more than `answers` holds, which are the answers to those before: a command does the same again when it
 * gets the same answers, so it can be run anew up to its next request. Others act in between, as they do beside a real kubectl.
 * The first request that is not due ends the command with `NotDue`; pass `isDue: false` to learn only when the first one is.
 */
export function pacedRequests(
  api: Api,
  options: { readonly readMs: Millis; readonly writeMs: Millis; readonly answers: unknown[]; readonly isDue: boolean },
): Api {
  const { readMs, writeMs, answers } = options
  let asked = 0
  let { isDue } = options
  const paced = <T>(costMs: Millis, request: () => T): T => {
    asked += 1
    if (asked > answers.length) {
      if (!isDue) throw new NotDue(costMs)
      isDue = false
      answers.push(request())
    }
    return answers[asked - 1] as T
  }
  return {
    get: (...call) => paced(readMs, () => api.get(...call)),
    list: (...call) => paced(readMs, () => api.list(...call)),
    create: (...call) => paced(writeMs, () => api.create(...call)),
    update: (...call) => paced(writeMs, () => api.update(...call)),
    patch: (...call) => paced(writeMs, () => api.patch(...call)),
    delete: (...call) => paced(writeMs, () => api.delete(...call)),
    deleteCollection: (...call) => paced(writeMs, () => api.deleteCollection(...call)),
  }
}
