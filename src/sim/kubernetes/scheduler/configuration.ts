import type { Plugin } from './framework.ts'
import { compileExpression, type OwnExpression } from './own-plugin-expression.ts'
import { DEFAULT_ARGS, defaultPlugins, PLUGIN_FACTORIES, type EnabledPlugin, type PluginArgs } from './plugin-registry.ts'
import type { ScoringStrategy, ShapePoint, WeightedResource } from './plugins/node-resources-fit.ts'
import { createOwnPlugin } from './plugins/own-plugin.ts'
import type { DefaultConstraint } from './plugins/pod-topology-spread.ts'
import type { Profile } from './profile.ts'
import { DEFAULT_RELEASE, type ReleaseBehaviour } from './releases.ts'

export interface SchedulerConfiguration {
  readonly profiles: readonly Profile[]
  readonly initialBackoffSeconds: number
  readonly maxBackoffSeconds: number
}

/** Something in the configuration that a real scheduler would refuse to start with. */
export interface ConfigurationProblem {
  /** `profiles[0].plugins.score.enabled[1].name` */
  readonly path: string
  readonly expected: string
  /** As JSON, shortened; `nothing` for what is missing. */
  readonly received: string
}

export type ConfigurationAnswer =
  | { readonly ok: true; readonly value: SchedulerConfiguration }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] }

const API_VERSION = 'kubescheduler.config.k8s.io/v1'
const DEFAULT_SCHEDULER = 'default-scheduler'

/** Extension points that a profile configures; the value is the method that makes a plugin take part. */
const EXTENSION_POINTS = {
  preEnqueue: 'preEnqueue',
  queueSort: 'less',
  preFilter: 'preFilter',
  filter: 'filter',
  postFilter: 'postFilter',
  preScore: 'preScore',
  score: 'score',
  reserve: 'reserve',
  permit: 'permit',
  preBind: 'preBind',
  bind: 'bind',
  postBind: 'postBind',
} as const satisfies Record<string, keyof Plugin>
type ExtensionPoint = keyof typeof EXTENSION_POINTS
const POINTS = Object.keys(EXTENSION_POINTS) as readonly ExtensionPoint[]

interface PluginSet {
  readonly enabled: readonly EnabledPlugin[]
  readonly disabled: readonly string[]
}
const EMPTY_SET: PluginSet = { enabled: [], disabled: [] }

type Fields = Readonly<Record<string, unknown>>

const shown = (value: unknown): string => {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

/** Reads untrusted data; every problem is noted, nothing is thrown. */
class Reader {
  readonly problems: ConfigurationProblem[] = []

  problem(path: string, expected: string, received: unknown): void {
    this.problems.push({ path, expected, received: shown(received) })
  }

  fields(value: unknown, path: string, known: readonly string[]): Fields {
    if (value === undefined || value === null) return {}
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.problem(path, 'an object', value)
      return {}
    }
    for (const key of Object.keys(value))
      if (!known.includes(key)) this.problem(path === '' ? key : `${path}.${key}`, `one of ${known.join(', ')}`, key)
    return value as Fields
  }

  list(value: unknown, path: string): readonly unknown[] {
    if (value === undefined || value === null) return []
    if (Array.isArray(value)) return value
    this.problem(path, 'a list', value)
    return []
  }

  text(value: unknown, path: string, fallback: string): string {
    if (value === undefined || value === null) return fallback
    if (typeof value === 'string') return value
    this.problem(path, 'a text', value)
    return fallback
  }

  oneOf<T extends string>(value: unknown, path: string, choices: readonly T[], fallback: T): T {
    if (value === undefined || value === null) return fallback
    const found = choices.find((choice) => choice === value)
    if (found === undefined) this.problem(path, `one of ${choices.join(', ')}`, value)
    return found ?? fallback
  }

  integer(value: unknown, path: string, min: number, max: number, fallback: number): number {
    if (value === undefined || value === null) return fallback
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
    this.problem(path, max === Infinity ? `a whole number of at least ${min}` : `a whole number in ${min}…${max}`, value)
    return fallback
  }

  flag(value: unknown, path: string, fallback: boolean): boolean {
    if (value === undefined || value === null) return fallback
    if (typeof value === 'boolean') return value
    this.problem(path, 'true or false', value)
    return fallback
  }
}

function readPluginSet(reader: Reader, value: unknown, path: string, own: OwnPlugins): PluginSet {
  const exists = (name: string): boolean => PLUGIN_FACTORIES.has(name) || own.has(name)
  const fields = reader.fields(value, path, ['enabled', 'disabled'])
  const nameOf = (plugin: Fields, at: string, isWildcardAllowed: boolean): string => {
    const name = reader.text(plugin['name'], `${at}.name`, '')
    const isKnown = exists(name) || (isWildcardAllowed && name === '*')
    if (!isKnown) reader.problem(`${at}.name`, 'the name of a plugin', plugin['name'])
    return name
  }
  return {
    enabled: reader
      .list(fields['enabled'], `${path}.enabled`)
      .map((each, i) => {
        const at = `${path}.enabled[${i}]`
        const plugin = reader.fields(each, at, ['name', 'weight'])
        return { name: nameOf(plugin, at, false), weight: reader.integer(plugin['weight'], `${at}.weight`, 0, 2 ** 31 - 1, 0) }
      })
      .filter(({ name }) => exists(name)),
    disabled: reader.list(fields['disabled'], `${path}.disabled`).map((each, i) => {
      const at = `${path}.disabled[${i}]`
      return nameOf(reader.fields(each, at, ['name', 'weight']), at, true)
    }),
  }
}

/** A profile's own set laid over the default one. Models apis/config/v1 mergePluginSet (v1.35). */
function mergePluginSet(defaults: readonly EnabledPlugin[], { enabled, disabled }: PluginSet): readonly EnabledPlugin[] {
  if (disabled.includes('*')) return enabled
  const replaced = new Set<string>()
  const kept = defaults
    .filter(({ name }) => !disabled.includes(name))
    .map((plugin) => {
      const own = enabled.find(({ name }) => name === plugin.name)
      if (own) replaced.add(own.name)
      return own ?? plugin
    })
  return [...kept, ...enabled.filter(({ name }) => !replaced.has(name))]
}

/** Who takes part in one extension point, in which order. Models framework/runtime expandMultiPointPlugins (v1.35). */
function expand(point: PluginSet, multiPoint: readonly EnabledPlugin[], takesPart: (name: string) => boolean): readonly string[] {
  const own = point.enabled.map(({ name }) => name)
  if (point.disabled.includes('*')) return own
  const general = multiPoint.map(({ name }) => name).filter((name) => takesPart(name) && !point.disabled.includes(name))
  const overriding = own.filter((name) => general.includes(name))
  return [...overriding, ...general.filter((name) => !own.includes(name)), ...own.filter((name) => !overriding.includes(name))]
}

// Arguments -----------------------------------------------------------------------------------------------------------

function readResources(
  reader: Reader,
  value: unknown,
  path: string,
  fallback: readonly WeightedResource[],
): readonly WeightedResource[] {
  const list = reader.list(value, path)
  if (list.length === 0) return fallback
  return list.map((each, i) => {
    const at = `${path}[${i}]`
    const fields = reader.fields(each, at, ['name', 'weight'])
    const name = reader.text(fields['name'], `${at}.name`, '')
    if (name === '') reader.problem(`${at}.name`, 'the name of a resource', fields['name'])
    return { name, weight: reader.integer(fields['weight'] || undefined, `${at}.weight`, 1, 100, 1) }
  })
}

function readShape(reader: Reader, value: unknown, path: string): readonly ShapePoint[] {
  const list = reader.list(value, path)
  if (list.length === 0) reader.problem(path, 'at least one point', value)
  const shape = list.map((each, i) => {
    const at = `${path}[${i}]`
    const fields = reader.fields(each, at, ['utilization', 'score'])
    return {
      utilization: reader.integer(fields['utilization'], `${at}.utilization`, 0, 100, 0),
      score: reader.integer(fields['score'], `${at}.score`, 0, 10, 0),
    }
  })
  for (const [i, point] of shape.entries())
    if (i > 0 && point.utilization <= shape[i - 1]!.utilization)
      reader.problem(`${path}[${i}].utilization`, `more than ${shape[i - 1]!.utilization}, the one before`, point.utilization)
  return shape
}

function readStrategy(reader: Reader, value: unknown, path: string): ScoringStrategy {
  const fallback = DEFAULT_ARGS.NodeResourcesFit.scoringStrategy
  const fields = reader.fields(value, path, ['type', 'resources', 'requestedToCapacityRatio'])
  const type = reader.oneOf(
    fields['type'],
    `${path}.type`,
    ['LeastAllocated', 'MostAllocated', 'RequestedToCapacityRatio'],
    fallback.type,
  )
  const resources = readResources(reader, fields['resources'], `${path}.resources`, fallback.resources)
  if (type !== 'RequestedToCapacityRatio') return { type, resources }
  const ratio = reader.fields(fields['requestedToCapacityRatio'], `${path}.requestedToCapacityRatio`, ['shape'])
  return { type, resources, shape: readShape(reader, ratio['shape'], `${path}.requestedToCapacityRatio.shape`) }
}

function readDefaultConstraints(reader: Reader, value: unknown, path: string): readonly DefaultConstraint[] {
  return reader.list(value, path).map((each, i) => {
    const at = `${path}[${i}]`
    const fields = reader.fields(each, at, [
      'maxSkew',
      'topologyKey',
      'whenUnsatisfiable',
      'labelSelector',
      'minDomains',
      'nodeAffinityPolicy',
      'nodeTaintsPolicy',
      'matchLabelKeys',
    ])
    if (fields['labelSelector'] !== undefined)
      reader.problem(`${at}.labelSelector`, 'nothing: it is found from Services and owners', fields['labelSelector'])
    if (fields['maxSkew'] === undefined) reader.problem(`${at}.maxSkew`, 'a whole number of at least 1', undefined)
    if (!fields['topologyKey']) reader.problem(`${at}.topologyKey`, 'a label key', fields['topologyKey'])
    if (fields['whenUnsatisfiable'] === undefined)
      reader.problem(`${at}.whenUnsatisfiable`, 'one of DoNotSchedule, ScheduleAnyway', undefined)
    return {
      maxSkew: reader.integer(fields['maxSkew'], `${at}.maxSkew`, 1, 2 ** 31 - 1, 1),
      topologyKey: reader.text(fields['topologyKey'], `${at}.topologyKey`, ''),
      whenUnsatisfiable: reader.oneOf(
        fields['whenUnsatisfiable'],
        `${at}.whenUnsatisfiable`,
        ['DoNotSchedule', 'ScheduleAnyway'],
        'ScheduleAnyway',
      ),
    }
  })
}

const texts = (reader: Reader, value: unknown, path: string): readonly string[] =>
  reader.list(value, path).map((each, i) => reader.text(each, `${path}[${i}]`, ''))

type ArgsReaders = {
  readonly [P in keyof PluginArgs]: {
    readonly fields: readonly string[]
    read(reader: Reader, fields: Fields, path: string): PluginArgs[P]
  }
}

const ARGS: ArgsReaders = {
  NodeResourcesFit: {
    fields: ['ignoredResources', 'ignoredResourceGroups', 'scoringStrategy'],
    read: (reader, fields, path) => ({
      ignoredResources: texts(reader, fields['ignoredResources'], `${path}.ignoredResources`),
      ignoredResourceGroups: texts(reader, fields['ignoredResourceGroups'], `${path}.ignoredResourceGroups`),
      scoringStrategy: readStrategy(reader, fields['scoringStrategy'], `${path}.scoringStrategy`),
    }),
  },
  NodeResourcesBalancedAllocation: {
    fields: ['resources'],
    read: (reader, fields, path) => ({
      resources: readResources(
        reader,
        fields['resources'],
        `${path}.resources`,
        DEFAULT_ARGS.NodeResourcesBalancedAllocation.resources,
      ),
    }),
  },
  NodeAffinity: {
    fields: ['addedAffinity'],
    read: (reader, fields, path) => {
      const added = fields['addedAffinity']
      if (added === undefined || added === null) return {}
      reader.fields(added, `${path}.addedAffinity`, [
        'requiredDuringSchedulingIgnoredDuringExecution',
        'preferredDuringSchedulingIgnoredDuringExecution',
      ])
      return { addedAffinity: added }
    },
  },
  PodTopologySpread: {
    fields: ['defaultConstraints', 'defaultingType'],
    read: (reader, fields, path) => {
      const defaultingType = reader.oneOf(fields['defaultingType'], `${path}.defaultingType`, ['System', 'List'], 'System')
      const defaultConstraints = readDefaultConstraints(reader, fields['defaultConstraints'], `${path}.defaultConstraints`)
      if (defaultingType === 'System' && defaultConstraints.length > 0)
        reader.problem(`${path}.defaultConstraints`, 'nothing while defaultingType is System', fields['defaultConstraints'])
      return { defaultingType, defaultConstraints }
    },
  },
  InterPodAffinity: {
    fields: ['hardPodAffinityWeight', 'ignorePreferredTermsOfExistingPods'],
    read: (reader, fields, path) => ({
      hardPodAffinityWeight: reader.integer(fields['hardPodAffinityWeight'], `${path}.hardPodAffinityWeight`, 0, 100, 1),
      ignorePreferredTermsOfExistingPods: reader.flag(
        fields['ignorePreferredTermsOfExistingPods'],
        `${path}.ignorePreferredTermsOfExistingPods`,
        false,
      ),
    }),
  },
  DefaultPreemption: {
    fields: ['minCandidateNodesPercentage', 'minCandidateNodesAbsolute'],
    read: (reader, fields, path) => {
      const { minCandidateNodesPercentage: percentage, minCandidateNodesAbsolute: absolute } = DEFAULT_ARGS.DefaultPreemption
      const args = {
        minCandidateNodesPercentage: reader.integer(
          fields['minCandidateNodesPercentage'],
          `${path}.minCandidateNodesPercentage`,
          0,
          100,
          percentage,
        ),
        minCandidateNodesAbsolute: reader.integer(
          fields['minCandidateNodesAbsolute'],
          `${path}.minCandidateNodesAbsolute`,
          0,
          2 ** 31 - 1,
          absolute,
        ),
      }
      if (args.minCandidateNodesPercentage === 0 && args.minCandidateNodesAbsolute === 0)
        reader.problem(`${path}.minCandidateNodesAbsolute`, 'more than 0 while minCandidateNodesPercentage is 0', 0)
      return args
    },
  },
}

const hasArgs = (name: string): name is keyof PluginArgs => Object.hasOwn(ARGS, name)

// Own plugins -----------------------------------------------------------------------------------------------------------

const OWN_KIND = 'CELPluginArgs'

/** Plugins that the configuration itself defines, by name. They are enabled as if multiPoint listed them last. */
type OwnPlugins = ReadonlyMap<string, { readonly plugin: Plugin; readonly weight: number }>

function readExpression(reader: Reader, value: unknown, path: string, result: 'number' | 'condition'): OwnExpression | undefined {
  if (value === undefined || value === null) return undefined
  const expected = result === 'number' ? 'a CEL expression that gives a number' : 'a CEL expression that gives true or false'
  if (typeof value !== 'string') {
    reader.problem(path, expected, value)
    return undefined
  }
  const compiled = compileExpression(value, result)
  if (compiled.ok) return compiled.value
  reader.problem(path, `${expected} over pod and node (${compiled.message})`, value)
  return undefined
}

function readOwnPlugin(
  reader: Reader,
  name: string,
  value: unknown,
  path: string,
): { readonly plugin: Plugin; readonly weight: number } {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,39}$/.test(name) || PLUGIN_FACTORIES.has(name))
    reader.problem(path.replace(/args$/, 'name'), 'a name of its own: letters, digits and dashes, at most 40', name)
  const fields = reader.fields(value, path, ['apiVersion', 'kind', 'score', 'normalize', 'weight', 'filter', 'reason'])
  if (fields['score'] === undefined && fields['filter'] === undefined)
    reader.problem(path, 'a score, a filter, or both', undefined)
  return {
    plugin: createOwnPlugin(name, {
      score: readExpression(reader, fields['score'], `${path}.score`, 'number'),
      normalize: reader.oneOf(fields['normalize'], `${path}.normalize`, ['None', 'HigherIsBetter', 'LowerIsBetter'], 'None'),
      filter: readExpression(reader, fields['filter'], `${path}.filter`, 'condition'),
      reason: reader.text(fields['reason'], `${path}.reason`, `node(s) didn't satisfy plugin ${name}`),
    }),
    weight: reader.integer(fields['weight'], `${path}.weight`, 1, 100, 1),
  }
}

function readPluginConfig(reader: Reader, value: unknown, path: string): { readonly args: PluginArgs; readonly own: OwnPlugins } {
  const own = new Map<string, { readonly plugin: Plugin; readonly weight: number }>()
  const args: Partial<Record<keyof PluginArgs, PluginArgs[keyof PluginArgs]>> = {}
  const seen = new Set<string>()
  for (const [i, each] of reader.list(value, path).entries()) {
    const at = `${path}[${i}]`
    const fields = reader.fields(each, at, ['name', 'args'])
    const name = reader.text(fields['name'], `${at}.name`, '')
    const isOwn = (fields['args'] as Fields | undefined)?.['kind'] === OWN_KIND
    if (!isOwn && !PLUGIN_FACTORIES.has(name))
      reader.problem(`${at}.name`, `the name of a plugin, or args of kind ${OWN_KIND} for one of your own`, fields['name'])
    if (seen.has(name)) reader.problem(`${at}.name`, 'each plugin once', name)
    seen.add(name)
    if (isOwn) {
      own.set(name, readOwnPlugin(reader, name, fields['args'], `${at}.args`))
      continue
    }
    if (name === 'VolumeBinding') {
      const given = reader.fields(fields['args'], `${at}.args`, ['apiVersion', 'kind', 'bindTimeoutSeconds', 'shape'])
      reader.integer(given['bindTimeoutSeconds'], `${at}.args.bindTimeoutSeconds`, 0, 2 ** 31 - 1, 600)
      continue
    }
    if (!hasArgs(name)) continue
    const given = reader.fields(fields['args'], `${at}.args`, ['apiVersion', 'kind', ...ARGS[name].fields])
    reader.oneOf(given['apiVersion'], `${at}.args.apiVersion`, [API_VERSION], API_VERSION)
    reader.oneOf(given['kind'], `${at}.args.kind`, [`${name}Args`], `${name}Args`)
    args[name] = ARGS[name].read(reader, given, `${at}.args`)
  }
  return { args: { ...DEFAULT_ARGS, ...(args as Partial<PluginArgs>) }, own }
}

// Profiles ------------------------------------------------------------------------------------------------------------

function readProfile(reader: Reader, value: unknown, path: string, percentage: number, release: ReleaseBehaviour): Profile {
  const fields = reader.fields(value, path, ['schedulerName', 'percentageOfNodesToScore', 'plugins', 'pluginConfig'])
  const schedulerName = reader.text(fields['schedulerName'], `${path}.schedulerName`, DEFAULT_SCHEDULER)
  if (schedulerName === '') reader.problem(`${path}.schedulerName`, 'a name', '')
  const { args, own } = readPluginConfig(reader, fields['pluginConfig'], `${path}.pluginConfig`)
  const plugins = reader.fields(fields['plugins'], `${path}.plugins`, ['multiPoint', ...POINTS])
  const sets = new Map<string, PluginSet>(
    ['multiPoint', ...POINTS].map((point) => [
      point,
      plugins[point] === undefined ? EMPTY_SET : readPluginSet(reader, plugins[point], `${path}.plugins.${point}`, own),
    ]),
  )
  const defaults = [...defaultPlugins(release), ...[...own].map(([name, { weight }]) => ({ name, weight }))]
  const multiPoint = mergePluginSet(defaults, sets.get('multiPoint')!)
  const names = multiPoint.map(({ name }) => name)
  for (const name of new Set(names.filter((each, i) => names.indexOf(each) !== i)))
    reader.problem(`${path}.plugins.multiPoint.enabled`, 'each plugin once', name)

  const made = new Map<string, Plugin>()
  const plugin = (name: string): Plugin => {
    let instance = made.get(name)
    if (!instance) made.set(name, (instance = own.get(name)?.plugin ?? PLUGIN_FACTORIES.get(name)!(args, release)))
    return instance
  }
  const at = (point: ExtensionPoint): readonly Plugin[] => {
    const takesPart = (name: string): boolean => plugin(name)[EXTENSION_POINTS[point]] !== undefined
    const set = sets.get(point)!
    for (const [i, { name }] of set.enabled.entries())
      if (!takesPart(name))
        reader.problem(`${path}.plugins.${point}.enabled[${i}].name`, `a plugin that takes part in ${point}`, name)
    return expand(set, multiPoint, takesPart).filter(takesPart).map(plugin)
  }
  const weightOf = (name: string): number => {
    const own = sets.get('score')!.enabled.find((each) => each.name === name) ?? multiPoint.find((each) => each.name === name)
    return own?.weight || 1
  }
  const queueSort = at('queueSort')
  if (queueSort.length !== 1)
    reader.problem(
      `${path}.plugins.queueSort`,
      'exactly one plugin',
      queueSort.map(({ name }) => name),
    )
  const bind = at('bind')
  if (bind.length === 0) reader.problem(`${path}.plugins.bind`, 'at least one plugin', [])
  return {
    schedulerName,
    percentageOfNodesToScore: reader.integer(
      fields['percentageOfNodesToScore'],
      `${path}.percentageOfNodesToScore`,
      0,
      100,
      percentage,
    ),
    preEnqueue: at('preEnqueue'),
    queueSort: queueSort[0] ?? plugin('PrioritySort'),
    preFilter: at('preFilter'),
    filter: at('filter'),
    postFilter: at('postFilter'),
    preScore: at('preScore'),
    score: at('score').map((each) => ({ plugin: each, weight: weightOf(each.name) })),
    reserve: at('reserve'),
    permit: at('permit'),
    preBind: at('preBind'),
    bind,
    postBind: at('postBind'),
  }
}

const ROOT_FIELDS = [
  'apiVersion',
  'kind',
  'profiles',
  'percentageOfNodesToScore',
  'podInitialBackoffSeconds',
  'podMaxBackoffSeconds',
  'parallelism',
  'leaderElection',
  'clientConnection',
  'enableProfiling',
  'enableContentionProfiling',
  'delayCacheUntilActive',
  'extenders',
]

/**
 * A KubeSchedulerConfiguration (v1) as profiles that can run; absent: the default one. Models apis/config/{v1,validation} (v1.35).
 * Beyond upstream a pluginConfig whose args are of kind CELPluginArgs defines a plugin by CEL expressions.
 * Simplified: extenders are refused; parallelism, leader election and client settings have no effect here.
 */
export function readConfiguration(value: unknown, release: ReleaseBehaviour = DEFAULT_RELEASE): ConfigurationAnswer {
  const reader = new Reader()
  const fields = reader.fields(value, '', ROOT_FIELDS)
  if (value !== undefined) {
    if (fields['apiVersion'] !== API_VERSION) reader.problem('apiVersion', API_VERSION, fields['apiVersion'])
    if (fields['kind'] !== 'KubeSchedulerConfiguration') reader.problem('kind', 'KubeSchedulerConfiguration', fields['kind'])
  }
  if (reader.list(fields['extenders'], 'extenders').length > 0)
    reader.problem('extenders', 'nothing: extenders are not simulated', fields['extenders'])
  const percentage = reader.integer(fields['percentageOfNodesToScore'], 'percentageOfNodesToScore', 0, 100, 0)
  const initialBackoffSeconds = reader.integer(fields['podInitialBackoffSeconds'], 'podInitialBackoffSeconds', 1, Infinity, 1)
  const maxBackoffSeconds = reader.integer(
    fields['podMaxBackoffSeconds'],
    'podMaxBackoffSeconds',
    initialBackoffSeconds,
    Infinity,
    10,
  )
  const given = reader.list(fields['profiles'], 'profiles')
  const profiles = (given.length > 0 ? given : [{}]).map((each, i) =>
    readProfile(reader, each, `profiles[${i}]`, percentage, release),
  )
  if (profiles.length > 1)
    for (const [i, { schedulerName }] of profiles.entries()) {
      if ((given[i] as Fields | undefined)?.['schedulerName'] === undefined)
        reader.problem(`profiles[${i}].schedulerName`, 'a name: there are several profiles', undefined)
      if (profiles.findIndex((other) => other.schedulerName === schedulerName) !== i)
        reader.problem(`profiles[${i}].schedulerName`, 'a name of its own', schedulerName)
    }
  if (reader.problems.length > 0) return { ok: false, problems: reader.problems }
  return { ok: true, value: { profiles, initialBackoffSeconds, maxBackoffSeconds } }
}
