import { quantityMilliValue } from '../api/quantity.ts'
import type { Resource } from '../api/resources.ts'
import type { AnyObject, Container, PodSpec, PodTemplateSpec } from '../api/types.ts'
import { isDns1123Label } from './validation/names.ts'

/** `Warning:` headers: what is allowed but surprising. Models pkg/api/pod/warnings.go and the strategies' WarningsOnCreate (v1.35). */
