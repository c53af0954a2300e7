import { Session } from '../src/engine/session.ts'
import { FrameBuilder } from '../src/engine/frame-builder.ts'
import { loadApiSchema } from '../src/sim/kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../src/sim/kubernetes/api/schema.ts'
import { parseScenario } from '../src/sim/scenario/parse.ts'
import { World } from '../src/sim/scenario/world.ts'
import { percentile, type Figure } from './figure.ts'
import { scenario } from './scenario.ts'

function worldOf(schema: ApiSchema, text: string): World {
  const parsed = parseScenario(text)
  return new World({ schema, scenario: parsed.scenario!, manifests: parsed.manifests })
}

/** Milliseconds of processor time that this process has used: what else runs on the machine does not count. */
const processorMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** Simulated seconds for each second of one core, after everything is running. */
function pace(world: World, warmUpSeconds: number, seconds: number): number {
  world.advanceTo(warmUpSeconds * 1000)
  const started = processorMs()
  world.advanceTo((warmUpSeconds + seconds) * 1000)
  return (seconds * 1000) / (processorMs() - started)
}

const heapMegabytes = (): number => {
  ;(globalThis as { gc?: () => void }).gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}

/** What the engine must be able to do, on one core. */
export async function benchEngine(progress: (figure: Figure) => void): Promise<readonly Figure[]> {
  const schema = await loadApiSchema()
  const figures: Figure[] = []
  const note = (figure: Figure): void => {
    figures.push(figure)
    progress(figure)
  }

  note({ name: 'lesson: 5 nodes, 30 Pods, 50 requests/s', value: pace(worldOf(schema, scenario({ nodes: 5, deployments: 6, replicas: 5, ratePerSecond: 50 })), 60, 1200), unit: 'simulated s/s', target: 2000 })
  // A day, so that what is measured is the pace that is kept and not the first third of a second, in which the code is compiled.
  note({ name: 'idle: 5 nodes, 30 Pods, for a day', value: pace(worldOf(schema, scenario({ nodes: 5, deployments: 6, replicas: 5, ratePerSecond: 0 })), 60, 86_400), unit: 'simulated s/s', target: 20_000 })

  const before = heapMegabytes()
  const large = worldOf(schema, scenario({ nodes: 100, deployments: 100, replicas: 30, ratePerSecond: 0 }))
  const pacedLarge = pace(large, 300, 200)
  note({ name: 'large: 100 nodes, 3,000 Pods', value: pacedLarge, unit: 'simulated s/s', target: 200 })
  note({ name: 'large: heap', value: heapMegabytes() - before, unit: 'MB', target: 300, isMost: true })

  const text = scenario({ nodes: 5, deployments: 6, replicas: 5, ratePerSecond: 50 })
  const parsed = parseScenario(text)
  const session = new Session({ schema, scenario: parsed.scenario!, manifests: parsed.manifests, source: { type: 'text', name: 'bench', text } })
  session.advanceTo(600_000)
  session.act({ type: 'kubectl', line: 'kubectl set image deployment/app-0 main=app:next' })
  session.advanceTo(1_200_000)
  session.act({ type: 'fault', kind: 'HostPowerOff', target: { host: 'node-2' }, id: 'off' })
  session.advanceTo(2_400_000)
  session.act({ type: 'heal', id: 'off' })
  session.advanceTo(3_600_000)
  const seeks: number[] = []
  for (let i = 0; i < 40; i++) {
    const at = (i * 1_597_463) % 3_600_000
    const started = processorMs()
    session.seek(at)
    seeks.push(processorMs() - started)
  }
  note({ name: 'seek in an hour: slowest of 40', value: Math.max(...seeks), unit: 'ms', target: 100, isMost: true })

  const busy = worldOf(schema, scenario({ nodes: 100, deployments: 50, replicas: 20, ratePerSecond: 100 }))
  const frames = new FrameBuilder(busy)
  frames.watch(true)
  const sizes: number[] = []
  const build = (): void => {
    const frame = frames.build({ world: 'main', branch: 'A', branches: [], marks: [], end: busy.now, playing: true, speed: 1, useIsDue: sizes.length % 25 === 0 })
    sizes.push(JSON.stringify(frame).length / 1024)
  }
  for (let i = 0; i < 1500; i++) {
    busy.advanceTo(busy.now + 40)
    build()
  }
  note({ name: 'frames: 95 of 100, 100 nodes and 1,000 Pods starting', value: percentile(sizes, 0.95), unit: 'KiB', target: 64, isMost: true })
  return figures
}
