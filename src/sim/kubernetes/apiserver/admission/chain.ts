import type { Resource } from '../../api/resources.ts'
import { defaultStorageClass } from './default-storage-class.ts'
import { defaultTolerationSeconds } from './default-toleration-seconds.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import type { AdmissionPlugin } from './plugin.ts'
import { claimResize } from './claim-resize.ts'
import { priority } from './priority.ts'
import { resourceQuota } from './resource-quota.ts'
import { serviceAccount } from './service-account.ts'
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts'
import { taintNodesByCondition } from './taint-nodes-by-condition.ts'

/** The API server's default plugins that the simulator knows, in their order; ResourceQuota is always last. */
const PLUGINS: readonly AdmissionPlugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  taintNodesByCondition,
  priority,
  defaultTolerationSeconds,
  defaultStorageClass,
  storageObjectInUseProtection,
  claimResize,
  resourceQuota,
]

const handles = (plugin: AdmissionPlugin, key: string): boolean => plugin.resources === 'all' || plugin.resources.includes(key)

const everywhere = PLUGINS.filter(({ resources }) => resources === 'all')
const BY_RESOURCE: ReadonlyMap<string, readonly AdmissionPlugin[]> = new Map(
  [...new Set(PLUGINS.flatMap(({ resources }) => (resources === 'all' ? [] : resources)))].map((key) => [
    key,
    PLUGINS.filter((plugin) => handles(plugin, key)),
  ]),
)

export const admissionFor = ({ key }: Resource): readonly AdmissionPlugin[] => BY_RESOURCE.get(key) ?? everywhere
