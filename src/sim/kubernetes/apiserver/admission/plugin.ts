import type { Kernel } from '../../../kernel/kernel.ts'
import type { Resource } from '../../api/resources.ts'
import type { Status } from '../../api/status.ts'
import type { AnyObject } from '../../api/types.ts'
import type { Store } from '../../etcd/store.ts'

/** A write on its way into the store. Models apiserver pkg/admission (v1.35). */
export interface AdmissionRequest {
  readonly operation: 'create' | 'update' | 'delete'
  readonly resource: Resource
  readonly subresource: string
  /** '' for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
  readonly previous: AnyObject | undefined
  readonly dryRun: boolean
  readonly kernel: Kernel
  readonly store: Store
  /** Writes the status of an object that admission accounts in (quotas). */
  writeStatus(resource: string, namespace: string, name: string, status: unknown): void
}

/** The object to go on with, or a refusal. */
export type Admitted = { readonly object: AnyObject } | { readonly refused: Status }

export interface AdmissionPlugin {
  readonly name: string
  /** Keys of the resources that it looks at. */
  readonly resources: readonly string[] | 'all'
  /** May change the object; runs before validation. */
  admit?(object: AnyObject, request: AdmissionRequest): Admitted
  /** May only refuse; runs after validation. */
  validate?(object: AnyObject, request: AdmissionRequest): Status | undefined
}
