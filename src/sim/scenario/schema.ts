import * as z from 'zod/mini'

/**
 * The Scenario document of a scenario file: cluster, load, faults, checks, lesson. It holds no code: conditions are CEL.
 * Times are texts such as `300ms`, `60s`, `5m`, `1h30m` of simulated time.
 */

const text = z.strictObject({ ko: z.string(), en: z.string() })
const duration = z.string().check(z.regex(/^(\d+(ms|s|m|h))+$/))
const identifier = z.string().check(z.regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/))
const quantity = z.union([z.string(), z.number()])
const celCondition = z.string()

const taint = z.strictObject({
  key: z.string(),
  value: z.optional(z.string()),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']),
})

const nodes = z.strictObject({
  count: z.optional(z.int().check(z.positive(), z.maximum(5000))),
  /** Name of the one node, or prefix when there are several. */
  name: z.optional(identifier),
  zones: z.optional(z.array(z.string())),
  capacity: z.optional(
    z.strictObject({
      cpu: z.optional(quantity),
      memory: z.optional(quantity),
      pods: z.optional(quantity),
      'ephemeral-storage': z.optional(quantity),
    }),
  ),
  labels: z.optional(z.record(z.string(), z.string())),
  taints: z.optional(z.array(taint)),
})

const image = z.strictObject({
  name: z.string(),
  size: z.optional(quantity),
  startup: z.optional(duration),
  memory: z.optional(quantity),
  cpuPerRequest: z.optional(quantity),
  /** The registry does not know it. */
  missing: z.optional(z.boolean()),
})

const traffic = z.strictObject({
  id: identifier,
  to: z.string().check(z.regex(/^service\/([a-z0-9-]+\/)?[a-z0-9-]+$/)),
  rate: z.string().check(z.regex(/^\d+\/s$/)),
  port: z.optional(z.int()),
  path: z.optional(z.string()),
  connections: z.optional(z.int().check(z.positive())),
  keepAlive: z.optional(z.boolean()),
  from: z.optional(z.string()),
})

export const FAULT_KINDS = [
  'HostPowerOff',
  'LinkDown',
  'ProcessStop',
  'ContainerExit',
  'ContainerHang',
  'MemoryLeak',
  'ImageMissing',
] as const

const where = z.strictObject({
  /** Nodes that hold a Pod with these labels. */
  hosting: z.optional(z.record(z.string(), z.string())),
  node: z.optional(z.string()),
  zone: z.optional(z.string()),
  /** Pods by label. */
  pods: z.optional(z.record(z.string(), z.string())),
  pod: z.optional(z.string()),
  /** Pods of this owner: `deployment/web`. */
  owner: z.optional(z.string()),
  image: z.optional(z.string()),
})

const fault = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  where: z.optional(where),
  /** `one`, `all`, a number, or a percentage; drawn from the scenario's seed. */
  pick: z.optional(
    z.union([z.literal('one'), z.literal('all'), z.int().check(z.positive()), z.string().check(z.regex(/^\d+%$/))]),
  ),
  /** ProcessStop: `kubelet`, `kube-proxy`, `scheduler`, `controller-manager`, `apiserver`. */
  process: z.optional(z.enum(['kubelet', 'kube-proxy', 'scheduler', 'controller-manager', 'apiserver'])),
  /** LinkDown: the two ends; absent: the node and the control plane. */
  between: z.optional(z.tuple([z.string(), z.string()])),
  container: z.optional(z.string()),
  code: z.optional(z.int()),
  rate: z.optional(quantity),
})

const trigger = {
  at: z.optional(duration),
  every: z.optional(duration),
  /** With `when`, `every` or another entry's id. */
  after: z.optional(z.string()),
  when: z.optional(celCondition),
  on: z.optional(
    z.strictObject({
      event: z.optional(z.string()),
      action: z.optional(z.string()),
      prediction: z.optional(z.string()),
    }),
  ),
  onConverged: z.optional(z.int().check(z.positive())),
  manual: z.optional(z.boolean()),
}

const entry = z.strictObject({
  id: identifier,
  ...trigger,
  fault: z.optional(fault),
  heal: z.optional(identifier),
  kubectl: z.optional(z.string()),
  traffic: z.optional(z.strictObject({ id: identifier, rate: z.string().check(z.regex(/^\d+\/s$/)) })),
  pause: z.optional(z.boolean()),
  focus: z.optional(z.string()),
  say: z.optional(text),
})

const goal = z.strictObject({
  id: identifier,
  now: z.optional(celCondition),
  eventually: z.optional(celCondition),
  always: z.optional(celCondition),
  never: z.optional(celCondition),
  stable: z.optional(celCondition),
  within: z.optional(duration),
  for: z.optional(duration),
  after: z.optional(z.string()),
  from: z.optional(z.string()),
  until: z.optional(z.string()),
  show: text,
})

const option = z.strictObject({ id: identifier, say: text })

const prediction = z.strictObject({
  kind: z.enum(['choice', 'number']),
  ask: text,
  options: z.optional(z.array(option)),
  /** Answered by the run, never typed in: an expression that gives the option's id, or the number. */
  answer: z.strictObject({ cel: celCondition }),
  /** Shown after the run for a wrong, and for a right, prediction. */
  because: z.optional(text),
})

const hint = z.strictObject({ say: z.optional(text), when: z.optional(celCondition), do: z.optional(z.string()) })

const step = z.strictObject({
  id: identifier,
  say: z.optional(text),
  focus: z.optional(z.string()),
  /** What the student does by a button: a kubectl line that the step runs. */
  do: z.optional(z.strictObject({ label: text, kubectl: z.string() })),
  run: z.optional(
    z.strictObject({
      until: z.union([
        duration,
        z.strictObject({ goal: identifier }),
        z.strictObject({ when: celCondition }),
        z.strictObject({ after: duration }),
      ]),
      speed: z.optional(z.number()),
    }),
  ),
  predict: z.optional(prediction),
  ask: z.optional(
    z.strictObject({
      kind: z.enum(['cause', 'choice']),
      ask: z.optional(text),
      of: z.optional(z.strictObject({ event: z.optional(z.string()), object: z.optional(z.string()) })),
      options: z.optional(
        z.array(z.strictObject({ id: identifier, say: text, right: z.optional(z.boolean()), because: z.optional(text) })),
      ),
    }),
  ),
  challenge: z.optional(z.strictObject({ goals: z.array(identifier) })),
  hints: z.optional(z.array(hint)),
})

const action = z.strictObject({
  at: z.optional(duration),
  kubectl: z.optional(z.string()),
  apply: z.optional(z.string()),
  fault: z.optional(fault),
  heal: z.optional(identifier),
  predict: z.optional(z.strictObject({ step: identifier, answer: z.string() })),
})

export const scenarioSchema = z.strictObject({
  apiVersion: z.literal('clusterlab.dev/v1'),
  kind: z.literal('Scenario'),
  metadata: z.strictObject({ name: identifier, labels: z.optional(z.record(z.string(), z.string())) }),
  spec: z.strictObject({
    title: text,
    about: z.optional(text),
    release: z.optional(z.enum(['1.33', '1.34', '1.35', '1.36'])),
    seed: z.optional(z.int().check(z.nonnegative())),
    duration: z.optional(duration),
    misconceptions: z.optional(z.array(z.string())),
    cluster: z.optional(
      z.strictObject({
        controlPlane: z.optional(z.strictObject({ apiServers: z.optional(z.literal(1)), etcdMembers: z.optional(z.literal(1)) })),
        nodes: z.optional(z.array(nodes)),
        images: z.optional(z.array(image)),
        latencies: z.optional(z.record(z.string(), duration)),
        scheduler: z.optional(z.looseObject({})),
      }),
    ),
    traffic: z.optional(z.array(traffic)),
    rules: z.optional(
      z.strictObject({
        allow: z.optional(z.array(z.string())),
        forbid: z.optional(z.array(z.strictObject({ action: z.string(), why: text }))),
      }),
    ),
    timeline: z.optional(z.array(entry)),
    goals: z.optional(z.array(goal)),
    failIf: z.optional(z.array(z.strictObject({ when: celCondition, say: text }))),
    lesson: z.optional(
      z.strictObject({
        steps: z.array(step),
        transfer: z.optional(
          z.strictObject({
            ask: text,
            options: z.array(
              z.strictObject({ id: identifier, say: text, right: z.optional(z.boolean()), because: z.optional(text) }),
            ),
          }),
        ),
        note: z.optional(text),
      }),
    ),
    solutions: z.optional(z.array(z.strictObject({ id: identifier, actions: z.array(action) }))),
    nearMisses: z.optional(z.array(z.strictObject({ id: identifier, actions: z.array(action), breaks: identifier }))),
  }),
})

export type Scenario = z.infer<typeof scenarioSchema>
export type ScenarioSpec = Scenario['spec']
export type TimelineEntry = NonNullable<ScenarioSpec['timeline']>[number]
export type GoalSpec = NonNullable<ScenarioSpec['goals']>[number]
export type FaultSpec = z.infer<typeof fault>
export type ScenarioAction = z.infer<typeof action>
export type LessonSpec = NonNullable<ScenarioSpec['lesson']>
export type LessonStep = LessonSpec['steps'][number]
export type Text = z.infer<typeof text>
