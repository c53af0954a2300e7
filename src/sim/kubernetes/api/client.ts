import type { Answer } from './status.ts'
import type { AnyObject } from './types.ts'

/**
 * How everyone talks to the API server: controllers, kubelets, kubectl. A call takes effect at the moment it is made and returns
 * the server's answer; what it would have taken in time is charged to the caller (`kernel/latencies.ts`) and shown as a hop.
 *
 * `resource` is the plural with its group, as kubectl's messages write it: `pods`, `deployments.apps`,
 * `endpointslices.discovery.k8s.io`. `namespace` is '' for cluster-scoped objects.
 */
export interface Api {
  get(resource: string, namespace: string, name: string): Answer<AnyObject>
  list(resource: string, options?: ListOptions): Answer<ObjectList>
  create(
    resource: string,
    namespace: string,
    object: AnyObject,
    options?: WriteOptions & { readonly subresource?: Subresource; readonly name?: string },
  ): Answer<AnyObject>
  update(resource: string, namespace: string, name: string, object: AnyObject, options?: UpdateOptions): Answer<AnyObject>
  patch(resource: string, namespace: string, name: string, patch: Patch, options?: UpdateOptions): Answer<AnyObject>
  delete(resource: string, namespace: string, name: string, options?: DeleteOptions): Answer<AnyObject>
  deleteCollection(resource: string, options: ListOptions & DeleteOptions): Answer<ObjectList>
}

/** `eviction` and `binding` are created, `status`, `scale`, `resize`, `finalize` (Namespace) and `ephemeralcontainers` updated or patched. */
export type Subresource = 'status' | 'scale' | 'eviction' | 'binding' | 'resize' | 'finalize' | 'ephemeralcontainers' | 'token'

export interface ListOptions {
  /** Absent: all namespaces (and cluster-scoped objects). */
  readonly namespace?: string
  /** As in `-l`: `app=web,tier in (a,b),!old`. */
  readonly labelSelector?: string
  /** As in `--field-selector`: `status.phase=Running,spec.nodeName!=n1`. */
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
}

export interface ObjectList {
  /** `items` in key order: namespace, then name. */
  readonly items: readonly AnyObject[]
  readonly resourceVersion: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

export interface WriteOptions {
  readonly dryRun?: boolean
  readonly fieldManager?: string
  /** Unknown and duplicate fields: refuse, warn or drop. kubectl asks for Strict; components for Ignore. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
}

export interface UpdateOptions extends WriteOptions {
  readonly subresource?: Subresource
  /** Server-side apply only. */
  readonly force?: boolean
}

export type Patch =
  | { readonly type: 'json'; readonly operations: readonly unknown[] }
  | { readonly type: 'merge' | 'strategic'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly type: 'apply'; readonly body: AnyObject }

export interface DeleteOptions {
  readonly dryRun?: boolean
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}
