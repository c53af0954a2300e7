import type { AnyObject } from '../../kubernetes/api/types.ts'
import { compactJson } from '../printers/json.ts'

export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

export const lastAppliedOf = (object: AnyObject): string | undefined => object.metadata?.annotations?.[LAST_APPLIED]

/**
 * An object with itself as an annotation: what `apply` compares the next manifest with. The annotation itself is left out of the kept
 * text. Models kubectl pkg/util GetModifiedConfiguration.
 */
export function withLastApplied(object: AnyObject): AnyObject {
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ?? {}
  const kept = { ...object, metadata: { ...object.metadata, annotations } }
  return { ...kept, metadata: { ...kept.metadata, annotations: { ...annotations, [LAST_APPLIED]: `${compactJson(kept)}\n` } } }
}

/** `--save-config`, or an annotation that is there already. Models CreateOrUpdateAnnotation. */
export const withSavedConfig = (object: AnyObject, isAsked: boolean): AnyObject =>
  isAsked || lastAppliedOf(object) !== undefined ? withLastApplied(object) : object
