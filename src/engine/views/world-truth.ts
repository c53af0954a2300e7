import { CONTROL_PLANE_HOST } from '../../sim/infrastructure/network.ts'
import { NODE_IDLE, type World } from '../../sim/scenario/world.ts'
import type { Truth, Use } from './truth.ts'

const NOTHING: Use = { cpuMilli: 0, memoryBytes: 0 }

/** Reads the true layer of a world. `hostOf` tells on which host to look for a Pod. */
export function truthOf(world: World, hostOf: (uid: string) => string | undefined): Truth {
  const { cluster } = world
  const runtimes = new Map(world.runtimes.map((runtime) => [runtime.host, runtime]))
  const since = new Map<string, { readonly state: string; readonly at: number }>()
  return {
    pod(uid) {
      const host = hostOf(uid)
      const runtime = host === undefined ? undefined : runtimes.get(host)
      if (host === undefined || !runtime) return undefined
      const { sandboxes, containers } = runtime.pod(uid)
      if (sandboxes.length === 0 && containers.length === 0) return undefined
      let running = 0
      let cpuMilli = 0
      let memoryBytes = 0
      for (const container of containers) {
        if (container.state !== 'running') continue
        running += 1
        cpuMilli += runtime.milliCpu(container)
        memoryBytes += runtime.memoryBytes(container)
      }
      return { running, host, use: { cpuMilli, memoryBytes }, progress: undefined }
    },
    node(name) {
      const host = cluster.network.host(name)
      const runtime = runtimes.get(name)
      const poweredOn = host?.poweredOn ?? false
      const linked = cluster.network.isLinkUp(name, CONTROL_PLANE_HOST)
      const kubeletRunning = cluster.processes.get(`kubelet/${name}`)?.component.isRunning ?? false
      const state = `${poweredOn} ${linked} ${kubeletRunning}`
      if (since.get(name)?.state !== state) since.set(name, { state, at: world.now })
      let use = NOTHING
      if (runtime && poweredOn) {
        let { cpuMilli, memoryBytes } = NODE_IDLE
        for (const container of runtime.containers()) {
          cpuMilli += runtime.milliCpu(container)
          memoryBytes += runtime.memoryBytes(container)
        }
        use = { cpuMilli, memoryBytes }
      }
      return { poweredOn, linked, kubeletRunning, since: since.get(name)!.at, use }
    },
  }
}
