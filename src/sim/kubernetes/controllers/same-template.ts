import type { PodTemplateSpec } from '../api/types.ts'
import { deepEqual } from './deep-equal.ts'
import { POD_TEMPLATE_HASH } from './pod-template-hash.ts'

/** The template without the hash label that its ReplicaSet adds. */
function bare(template: PodTemplateSpec): PodTemplateSpec {
  const { labels, annotations, creationTimestamp: _, ...metadata } = template.metadata ?? {}
  const { [POD_TEMPLATE_HASH]: __, ...others } = labels ?? {}
  return {
    ...template,
    metadata: {
      ...metadata,
      ...(Object.keys(others).length > 0 ? { labels: others } : {}),
      ...(annotations && Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
  }
}

/** Whether two templates make the same Pods. Models deploymentutil.EqualIgnoreHash. */
export const sameTemplate = (a: PodTemplateSpec, b: PodTemplateSpec): boolean => deepEqual(bare(a), bare(b))
