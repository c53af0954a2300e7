import { podKey } from '../pod-info.ts'
import type { Plugin } from '../framework.ts'
import { assert } from '../../../kernel/assert.ts'

/** Binds by posting a Binding. Models plugins/defaultbinder (v1.35). */
export const defaultBinder: Plugin = {
  name: 'DefaultBinder',
  bind(pod, node) {
    assert(!pod.spec.nodeName, 'a bound pod is not bound again', podKey(pod))
    return {
      verb: 'bind',
      namespace: pod.metadata.namespace ?? 'default',
      name: pod.metadata.name,
      uid: pod.metadata.uid ?? '',
      node,
    }
  },
}
