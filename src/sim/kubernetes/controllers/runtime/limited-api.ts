import type { Api } from '../../api/client.ts'

/** A client that pays for each request before it is sent. */
export function limitedApi(api: Api, pay: () => void): Api {
  const paid = <T>(request: () => T): T => {
    pay()
    return request()
  }
  return {
    get: (...call) => paid(() => api.get(...call)),
    list: (...call) => paid(() => api.list(...call)),
    create: (...call) => paid(() => api.create(...call)),
    update: (...call) => paid(() => api.update(...call)),
    patch: (...call) => paid(() => api.patch(...call)),
    delete: (...call) => paid(() => api.delete(...call)),
    deleteCollection: (...call) => paid(() => api.deleteCollection(...call)),
  }
}
