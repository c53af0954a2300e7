import type { AnyObject, DeploymentStrategy, LabelSelector, ObjectMeta, PodTemplateSpec } from '../../api/types.ts'
import { withClaimDefaults } from './core.ts'
import { each, fill, within } from './fill.ts'
import { withTemplateDefaults } from './pod.ts'

/** Models pkg/apis/apps/v1/defaults.go (v1.35). */

interface Workload extends AnyObject {
  readonly spec: {
    readonly template: PodTemplateSpec
    readonly selector?: LabelSelector
    readonly strategy?: DeploymentStrategy
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: object }
    readonly persistentVolumeClaimRetentionPolicy?: object
    readonly volumeClaimTemplates?: readonly AnyObject[]
    readonly [field: string]: unknown
  }
}

type Spec = Workload['spec']

const ofSpec =
  (change: (spec: Spec) => Spec) =>
  (object: AnyObject): AnyObject =>
    within(object as Workload, 'spec', (spec) => change(within(spec, 'template', withTemplateDefaults)))

export const withDeploymentDefaults = ofSpec((spec) =>
  within(
    fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} }),
    'strategy',
    (given) => {
      const strategy = fill(given, { type: 'RollingUpdate' })
      if (strategy.type !== 'RollingUpdate') return strategy
      return within(fill(strategy, { rollingUpdate: {} }), 'rollingUpdate', (rolling) =>
        fill(rolling, { maxUnavailable: '25%', maxSurge: '25%' }),
      )
    },
  ),
)

export const withReplicaSetDefaults = ofSpec((spec) => fill(spec, { replicas: 1 }))

export const withStatefulSetDefaults = ofSpec((spec) => {
  let out = fill(spec, {
    podManagementPolicy: 'OrderedReady',
    replicas: 1,
    revisionHistoryLimit: 10,
    updateStrategy: {},
    persistentVolumeClaimRetentionPolicy: {},
  })
  out = within(out, 'updateStrategy', (given) => {
    const strategy = fill(given, { type: 'RollingUpdate' })
    if (strategy.type !== 'RollingUpdate') return strategy
    return within(fill(strategy, { rollingUpdate: {} }), 'rollingUpdate', (rolling) => fill(rolling, { partition: 0 }))
  })
  out = within(out, 'persistentVolumeClaimRetentionPolicy', (policy) =>
    fill(policy, { whenDeleted: 'Retain', whenScaled: 'Retain' }),
  )
  return within(out, 'volumeClaimTemplates', (templates) => each(templates, withClaimTemplateDefaults))
})

interface ClaimTemplate extends AnyObject {
  readonly status?: object
}

/** Templates are whole claims, with kind and status. */
const withClaimTemplateDefaults = (template: AnyObject): AnyObject =>
  within(
    withClaimDefaults(fill(template, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: {} })) as ClaimTemplate,
    'status',
    (status) => fill(status, { phase: 'Pending' }),
  )

export const withDaemonSetDefaults = ofSpec((spec) =>
  within(fill(spec, { revisionHistoryLimit: 10, updateStrategy: {} }), 'updateStrategy', (given) => {
    const strategy = fill(given, { type: 'RollingUpdate' })
    if (strategy.type !== 'RollingUpdate') return strategy
    return within(fill(strategy, { rollingUpdate: {} }), 'rollingUpdate', (rolling) =>
      fill(rolling, { maxUnavailable: 1, maxSurge: 0 }),
    )
  }),
)

interface ReplicationController extends AnyObject {
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>>
    readonly replicas?: number
    readonly template?: PodTemplateSpec
  }
}

/** Selector and labels follow the template. */
export function withReplicationControllerDefaults(object: AnyObject): AnyObject {
  const rc = object as ReplicationController
  const labels = rc.spec?.template?.metadata?.labels
  const isEmpty = (map: object | undefined): boolean => !map || Object.keys(map).length === 0
  let out: ReplicationController = within(rc, 'spec', (spec) =>
    fill(within(spec, 'template', withTemplateDefaults), { replicas: 1 }),
  )
  if (labels && isEmpty(out.spec.selector)) out = { ...out, spec: { ...out.spec, selector: labels } }
  if (labels && isEmpty(out.metadata.labels)) {
    const metadata: ObjectMeta = { ...out.metadata, labels }
    out = { ...out, metadata }
  }
  return out
}
