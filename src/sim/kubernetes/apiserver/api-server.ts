import { assert } from '../../kernel/assert.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import { formatTime } from '../../kernel/time.ts'
import type {
  Api,
  DeleteOptions,
  ListOptions,
  ObjectList,
  Patch,
  Subresource,
  UpdateOptions,
  WriteOptions,
} from '../api/client.ts'
import { applyJsonPatch } from '../api/json-patch.ts'
import { applyMergePatch } from '../api/json-merge-patch.ts'
import { equalJson, goValueText, type Json, isObject, sortedJson } from '../api/json-value.ts'
import { apiVersionOf, type Resource, ResourceRegistry, subresourceOf } from '../api/resources.ts'
import { type ApiSchema, decodeObject, type DecodeErrorWords, type StructSchema } from '../api/schema.ts'
import { fieldMatcher, matchesSelector, parseFieldSelector, parseSelector } from '../api/selectors.ts'
import { answer, type Answer, refuse, type Status } from '../api/status.ts'
import { applyStrategicMergePatch } from '../api/strategic-merge.ts'
import type { AnyObject, ObjectMeta } from '../api/types.ts'
import type { Store } from '../etcd/store.ts'
import { admissionFor } from './admission/chain.ts'
import type { AdmissionRequest } from './admission/plugin.ts'
import { bindPod } from './binding.ts'
import { convertToStored } from './conversion.ts'
import { applyDefaults } from './defaults/defaults.ts'
import { deletionPlan } from './deletion.ts'
import { evictPod } from './eviction.ts'
import { applyFields, recordFields } from './field-managers.ts'
import { SUFFIX_ALPHABET } from './name-suffix.ts'
import {
  alreadyExists,
  badRequest,
  conflict,
  expired,
  invalid,
  methodNotSupported,
  noSuchResource,
  notFound,
  STALE_OBJECT,
  unknownError,
  unprocessablePatch,
} from './refusals.ts'
import { applyScale, scaleOf } from './scale.ts'
import { allocateServiceAddresses } from './service-allocation.ts'
import { allowsUnconditionalUpdate, prepareForCreate, prepareForStatusUpdate, prepareForUpdate } from './strategy.ts'
import { FieldErrors } from './validation/field-errors.ts'
import { validateObjectMeta, validateObjectMetaUpdate } from './validation/object-meta.ts'
import { rulesFor } from './validation/all-rules.ts'
import { warningsFor } from './warnings.ts'

const GENERATED_NAME_MAX = 63
const NAME_ATTEMPTS = 8

export interface ApiServerOptions {
  readonly kernel: Kernel
  readonly store: Store
  readonly schema: ApiSchema
  /** Freezes every stored object: a test or a development build finds who mutates. */
  readonly freezes?: boolean
}

export interface Identity {
  /** Who asks: the actor of the causes. */
  readonly user: string
  /** A component of the cluster: its objects are well-formed, so decoding is skipped, and so is validation of updates. */
  readonly trusted?: boolean
}

type Decoding = { readonly object: AnyObject; readonly warnings: readonly string[] } | { readonly refused: Status }

interface Commitment {
  readonly verb: string
  readonly user: string
}

/**
 * The API server: every request's way through decoding, defaulting, admission, strategy, validation and the store. A call takes effect at
 * once and returns the answer. Models kube-apiserver (v1.35). Simplified: no authentication, no authorisation, no webhooks.
 */
export class ApiServer {
  readonly kernel: Kernel
  readonly store: Store
  readonly schema: ApiSchema
  readonly resources: ResourceRegistry
  readonly #freezes: boolean
  readonly #zeroStatuses = new Map<string, unknown>()
  #clock = { second: -1, text: '' }

  constructor({ kernel, store, schema, freezes = false }: ApiServerOptions) {
    this.kernel = kernel
    this.store = store
    this.schema = schema
    this.resources = ResourceRegistry.of(store)
    this.#freezes = freezes
  }

  /** The time as objects write it. Many are written in the same second. */
  #now(): string {
    const second = Math.floor(this.kernel.unixMs / 1000)
    if (this.#clock.second !== second) this.#clock = { second, text: formatTime(this.kernel.unixMs) }
    return this.#clock.text
  }

  client(identity: Identity): Api {
    return {
      get: (resource, namespace, name) => this.#get(resource, namespace, name),
      list: (resource, options) => this.#list(resource, options ?? {}),
      create: (resource, namespace, object, options) => this.#create(identity, resource, namespace, object, options ?? {}),
      update: (resource, namespace, name, object, options) =>
        this.#update(identity, resource, namespace, name, object, options ?? {}),
      patch: (resource, namespace, name, patch, options) =>
        this.#patch(identity, resource, namespace, name, patch, options ?? {}),
      delete: (resource, namespace, name, options) => this.#delete(identity, resource, namespace, name, options ?? {}),
      deleteCollection: (resource, options) => this.#deleteCollection(identity, resource, options),
    }
  }

  /** Takes an object as it is, with its uid, status and version: from a dump or a scenario's start. */
  load(object: AnyObject): void {
    const resource = this.resources.byKind(object.apiVersion, object.kind)
    assert(resource, 'no matches for kind', object.apiVersion, object.kind)
    this.store.load(resource.key, object)
  }

  // Reads -----------------------------------------------------------------------------------------------------------

  /** `deployments.apps/scale` reads a subresource. */
  #get(key: string, namespace: string, name: string): Answer<AnyObject> {
    const object = this.store.get(key, namespace, name)
    if (object) return answer(object)
    const [whole = '', subresource] = key.split('/')
    const resource = this.resources.byKey(whole)
    if (!resource || (subresource !== undefined && !subresourceOf(resource, subresource))) return refuse(noSuchResource())
    const owner = subresource === undefined ? undefined : this.store.get(whole, namespace, name)
    if (!owner) return refuse(notFound(resource, name))
    return answer(subresource === 'scale' ? scaleOf(resource, owner) : owner)
  }

  #list(key: string, options: ListOptions): Answer<ObjectList> {
    const resource = this.resources.byKey(key)
    if (!resource) return refuse(noSuchResource())
    const selected = this.#select(resource, options)
    if ('refused' in selected) return refuse(selected.refused)
    const { items } = selected
    const resourceVersion = String(this.store.revision)
    const { limit = 0 } = options
    if (limit <= 0) return answer({ items, resourceVersion })
    return this.#page(items, limit, options.continue, resourceVersion)
  }

  #select(resource: Resource, options: ListOptions): { readonly items: readonly AnyObject[] } | { readonly refused: Status } {
    const { labelSelector = '', fieldSelector = '', namespace } = options
    const labels = parseSelector(labelSelector)
    if (!labels.ok) return { refused: badRequest(labels.message) }
    const fields = parseFieldSelector(fieldSelector)
    if (!fields.ok) return { refused: badRequest(fields.message) }
    const matches = fieldMatcher(resource, fields.value)
    if (!matches.ok) return { refused: badRequest(matches.message) }
    const items: AnyObject[] = []
    for (const object of this.store.scan(resource.key, namespace)) {
      if (labels.value.length > 0 && !matchesSelector(labels.value, object.metadata.labels)) continue
      if (fields.value.length > 0 && !matches.value(object)) continue
      items.push(object)
    }
    return { items: items.sort(byNamespaceAndName) }
  }

  /** A token names the revision of the first page and the last key that was sent. */
  #page(items: readonly AnyObject[], limit: number, token: string | undefined, resourceVersion: string): Answer<ObjectList> {
    let rest = items
    let version = resourceVersion
    if (token !== undefined && token !== '') {
      const [revision = '', ...key] = token.split(':')
      if (Number(revision) < this.store.compacted)
        return refuse(
          expired(
            'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
          ),
        )
      version = revision
      const last = key.join(':')
      rest = items.filter((object) => keyOf(object) > last)
    }
    const page = rest.slice(0, limit)
    const remaining = rest.length - page.length
    if (remaining <= 0) return answer({ items: page, resourceVersion: version })
    const last = page.at(-1)!
    return answer({ items: page, resourceVersion: version, continue: `${version}:${keyOf(last)}`, remainingItemCount: remaining })
  }

  // Create ----------------------------------------------------------------------------------------------------------

  #create(
    identity: Identity,
    key: string,
    namespace: string,
    given: AnyObject,
    options: WriteOptions & { readonly subresource?: Subresource; readonly name?: string },
  ): Answer<AnyObject> {
    const resource = this.resources.byKey(key)
    if (!resource) return refuse(noSuchResource())
    if (options.subresource) return this.#createSubresource(identity, resource, namespace, given, options, options.subresource)
    if (!resource.verbs.includes('create')) return refuse(methodNotSupported(resource, 'create'))
    const decoded = identity.trusted ? { object: given, warnings: [] } : this.#decode(resource, given, options)
    if ('refused' in decoded) return refuse(decoded.refused)
    const warnings = [...decoded.warnings]
    let object = applyDefaults(resource, decoded.object)
    const problem = namespaceProblem(resource, namespace, object)
    if (problem) return refuse(problem)
    object = this.#withSystemMetadata(resource, namespace, object)
    const isGenerated = given.metadata?.name === undefined || given.metadata.name === ''

    const request = this.#admissionRequest('create', resource, '', namespace, object.metadata.name, undefined, options.dryRun)
    const plugins = admissionFor(resource)
    for (const plugin of plugins) {
      const admitted = plugin.admit?.(object, request)
      if (!admitted) continue
      if ('refused' in admitted) return refuse(admitted.refused, warnings)
      object = admitted.object
    }
    object = prepareForCreate(resource, object, this.#zeroStatus(resource), this.#now())
    const errors = this.#validateNew(resource, object)
    if (!errors.isEmpty) return refuse(invalid({ ...kindOf(resource), name: object.metadata.name }, errors.causes), warnings)
    if (!identity.trusted) warnings.push(...warningsFor(resource, object, undefined))
    if (resource.key === 'services') {
      const allocated = allocateServiceAddresses(object, undefined, this.store, this.kernel)
      if ('causes' in allocated)
        return refuse(invalid({ ...kindOf(resource), name: object.metadata.name }, allocated.causes), warnings)
      object = allocated.object
    }
    for (const plugin of plugins) {
      const refused = plugin.validate?.(object, request)
      if (refused) return refuse(refused, warnings)
    }
    if (given.metadata?.resourceVersion) return refuse(unknownError('resourceVersion should not be set on objects to be created'))
    if (this.store.get(key, namespace, object.metadata.name)) {
      const why = isGenerated ? 'already exists, the server was not able to generate a unique name for the object' : undefined
      return refuse(alreadyExists(resource, object.metadata.name, why), warnings)
    }
    if (options.fieldManager !== undefined && !identity.trusted)
      object = recordFields(object, undefined, options.fieldManager, this.#structOf(resource), this.kernel)
    return answer(this.#commit(resource, object, undefined, { verb: 'create', user: identity.user }, options.dryRun), warnings)
  }

  #createSubresource(
    identity: Identity,
    resource: Resource,
    namespace: string,
    given: AnyObject,
    options: WriteOptions & { readonly name?: string },
    subresource: Subresource,
  ): Answer<AnyObject> {
    if (!subresourceOf(resource, subresource)) return refuse(noSuchResource())
    const name = options.name ?? given.metadata?.name ?? ''
    const pod = this.store.get(resource.key, namespace, name)
    if (!pod) return refuse(notFound(resource, name))
    switch (subresource) {
      case 'binding': {
        const bound = bindPod(resource, pod, given, this.store, this.#now())
        if (!bound.ok) return bound
        return answer(this.#commit(resource, bound.value, pod, { verb: 'bind', user: identity.user }, options.dryRun))
      }
      case 'eviction':
        return evictPod(resource, pod, given, this.store, {
          updateBudget: (budget) => {
            const budgets = this.resources.byKey('poddisruptionbudgets.policy')!
            const previous = this.store.get(budgets.key, namespace, budget.metadata.name)
            this.#commit(budgets, budget, previous, { verb: 'status', user: identity.user }, options.dryRun)
          },
          updatePod: (next) => this.#commit(resource, next, pod, { verb: 'status', user: identity.user }, options.dryRun),
          deletePod: (deleteOptions) =>
            this.#delete(identity, resource.key, namespace, name, { ...deleteOptions, ...dry(options.dryRun) }),
          now: this.#now(),
        })
      case 'token':
        return answer({
          ...given,
          metadata: { ...given.metadata, name, namespace, creationTimestamp: this.#now() },
          status: {
            expirationTimestamp: formatTime(this.kernel.unixMs + 3_600_000),
            token: this.kernel.rng('tokens').text(40, 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'),
          },
        })
      default:
        return refuse(methodNotSupported(resource, 'create'))
    }
  }

  #withSystemMetadata(resource: Resource, namespace: string, object: AnyObject): AnyObject {
    const {
      namespace: _n,
      resourceVersion: _r,
      deletionTimestamp: _d,
      deletionGracePeriodSeconds: _g,
      selfLink: _s,
      managedFields: _m,
      ...given
    } = object.metadata as ObjectMeta & { readonly selfLink?: string }
    const metadata: ObjectMeta = {
      ...given,
      name: this.#nameFor(resource, namespace, object.metadata),
      ...(namespace === '' ? {} : { namespace }),
      uid: this.kernel.rng('uids').uuid(),
      creationTimestamp: this.#now(),
    }
    return { ...object, metadata }
  }

  #nameFor(resource: Resource, namespace: string, { name, generateName }: ObjectMeta): string {
    if (name || !generateName) return name ?? ''
    const prefix = generateName.slice(0, GENERATED_NAME_MAX - 5)
    let candidate = ''
    for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
      candidate = prefix + this.kernel.rng('names').text(5, SUFFIX_ALPHABET)
      if (!this.store.get(resource.key, namespace, candidate)) break
    }
    return candidate
  }

  // Update ----------------------------------------------------------------------------------------------------------

  #update(
    identity: Identity,
    key: string,
    namespace: string,
    name: string,
    given: AnyObject,
    options: UpdateOptions,
  ): Answer<AnyObject> {
    const resource = this.resources.byKey(key)
    if (!resource) return refuse(noSuchResource())
    const { subresource } = options
    if (subresource && !subresourceOf(resource, subresource)) return refuse(noSuchResource())
    const previous = this.store.get(key, namespace, name)
    if (!previous) {
      const creates = !subresource && resource.key === 'leases.coordination.k8s.io' && !given.metadata.resourceVersion
      return creates ? this.#create(identity, key, namespace, given, options) : refuse(notFound(resource, name))
    }
    const wanted = given.metadata?.resourceVersion
    if (identity.trusted) {
      if (wanted !== undefined && wanted !== '' && wanted !== previous.metadata.resourceVersion)
        return refuse(conflict(resource, name, STALE_OBJECT))
      if (subresource === 'scale') return this.#updateScale(identity, resource, previous, given, options)
      return this.#write(identity, resource, previous, given, options, [])
    }
    if (subresource === 'scale') return this.#updateScale(identity, resource, previous, given, options)
    const decoded = this.#decode(resource, given, options)
    if ('refused' in decoded) return refuse(decoded.refused)
    if (given.metadata.uid && given.metadata.uid !== previous.metadata.uid)
      return refuse(
        conflict(
          resource,
          name,
          `StorageError: invalid object, Code: 4, Key: ${storageKey(resource, namespace, name)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${given.metadata.uid}, UID in object meta: ${previous.metadata.uid}`,
        ),
      )
    if (!wanted && !subresource && !allowsUnconditionalUpdate(resource)) {
      const errors = new FieldErrors()
      errors.invalid('metadata.resourceVersion', 0, 'must be specified for an update')
      return refuse(invalid({ ...kindOf(resource), name }, errors.causes))
    }
    if (wanted && wanted !== previous.metadata.resourceVersion) return refuse(conflict(resource, name, STALE_OBJECT))
    return this.#write(identity, resource, previous, applyDefaults(resource, decoded.object), options, decoded.warnings)
  }

  /** From a whole object, decoded and defaulted, to the store. */
  #write(
    identity: Identity,
    resource: Resource,
    previous: AnyObject,
    wanted: AnyObject,
    options: UpdateOptions,
    decodingWarnings: readonly string[],
  ): Answer<AnyObject> {
    const { subresource } = options
    const { name } = previous.metadata
    const namespace = previous.metadata.namespace ?? ''
    if (subresource === 'status' && identity.trusted) {
      const next = prepareForStatusUpdate(resource, wanted, previous)
      return answer(this.#commit(resource, next, previous, { verb: 'status', user: identity.user }, options.dryRun))
    }
    if (wanted.metadata.name !== undefined && wanted.metadata.name !== name)
      return refuse(badRequest(`the name of the object (${wanted.metadata.name}) does not match the name on the URL (${name})`))
    if (wanted.metadata.namespace !== undefined && wanted.metadata.namespace !== namespace)
      return refuse(badRequest('the namespace of the provided object does not match the namespace sent on the request'))

    let object = this.#keepSystemMetadata(wanted, previous)
    const warnings = [...decodingWarnings]
    const request = this.#admissionRequest('update', resource, subresource ?? '', namespace, name, previous, options.dryRun)
    const plugins = subresource ? [] : admissionFor(resource)
    for (const plugin of plugins) {
      const admitted = plugin.admit?.(object, request)
      if (!admitted) continue
      if ('refused' in admitted) return refuse(admitted.refused, warnings)
      object = admitted.object
    }
    if (subresource === 'status') object = prepareForStatusUpdate(resource, object, previous)
    else if (subresource === 'finalize') object = { ...previous, spec: object['spec'] }
    else object = prepareForUpdate(resource, object, previous)

    if (!identity.trusted) {
      const errors = this.#validateUpdated(resource, object, previous, subresource)
      if (!errors.isEmpty) return refuse(invalid({ ...kindOf(resource), name }, errors.causes), warnings)
      if (!subresource) warnings.push(...warningsFor(resource, object, previous))
    }
    if (resource.key === 'services' && !subresource) {
      const allocated = allocateServiceAddresses(object, previous, this.store, this.kernel)
      if ('causes' in allocated) return refuse(invalid({ ...kindOf(resource), name }, allocated.causes), warnings)
      object = allocated.object
    }
    for (const plugin of plugins) {
      const refused = plugin.validate?.(object, request)
      if (refused) return refuse(refused, warnings)
    }
    if (options.fieldManager !== undefined && !identity.trusted && !isSame(object, previous))
      object = recordFields(object, previous, options.fieldManager, this.#structOf(resource), this.kernel, subresource)
    return answer(
      this.#commit(resource, object, previous, { verb: subresource ?? 'update', user: identity.user }, options.dryRun),
      warnings,
    )
  }

  /** What a client cannot change, or need not repeat. */
  #keepSystemMetadata(object: AnyObject, previous: AnyObject): AnyObject {
    const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, namespace, generateName } = previous.metadata
    const {
      generation: _g,
      resourceVersion: _r,
      deletionTimestamp: _d,
      deletionGracePeriodSeconds: _s,
      managedFields,
      ...given
    } = object.metadata
    const fields = managedFields ?? previous.metadata.managedFields
    const metadata: ObjectMeta = {
      ...given,
      name: previous.metadata.name,
      ...(namespace ? { namespace } : {}),
      ...(generateName !== undefined && given.generateName === undefined ? { generateName } : {}),
      ...(uid !== undefined && !given.uid ? { uid } : {}),
      ...(creationTimestamp !== undefined && !given.creationTimestamp ? { creationTimestamp } : {}),
      ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
      ...(deletionGracePeriodSeconds === undefined ? {} : { deletionGracePeriodSeconds }),
      ...(previous.metadata.generation === undefined ? {} : { generation: previous.metadata.generation }),
      ...(previous.metadata.resourceVersion === undefined ? {} : { resourceVersion: previous.metadata.resourceVersion }),
      ...(fields === undefined || fields.length === 0 ? {} : { managedFields: fields }),
    }
    return { ...object, metadata }
  }

  #updateScale(
    identity: Identity,
    resource: Resource,
    previous: AnyObject,
    scale: AnyObject,
    options: UpdateOptions,
  ): Answer<AnyObject> {
    const applied = applyScale(resource, previous, scale)
    if (!applied.ok) return applied
    const { subresource: _, ...rest } = options
    const written = this.#write(identity, resource, previous, applied.value, rest, [])
    return written.ok ? answer(scaleOf(resource, written.value), written.warnings) : written
  }

  // Patch -----------------------------------------------------------------------------------------------------------

  #patch(
    identity: Identity,
    key: string,
    namespace: string,
    name: string,
    patch: Patch,
    options: UpdateOptions,
  ): Answer<AnyObject> {
    const resource = this.resources.byKey(key)
    if (!resource) return refuse(noSuchResource())
    const { subresource } = options
    if (subresource && !subresourceOf(resource, subresource)) return refuse(noSuchResource())
    const previous = this.store.get(key, namespace, name)
    if (patch.type === 'apply') return this.#serverSideApply(identity, resource, namespace, name, previous, patch.body, options)
    if (!previous) return refuse(notFound(resource, name))

    const isScale = subresource === 'scale'
    const shown = isScale ? scaleOf(resource, previous) : hideManagedFields(previous)
    const patched = this.#applyPatch(resource, shown, patch)
    if (!patched.ok) return patched
    const object = patched.value
    const problem = this.#patchedIdentityProblem(resource, object, shown)
    if (problem) return refuse(problem)
    if (isScale) return this.#updateScale(identity, resource, previous, object, options)
    const version = object.metadata.resourceVersion
    if (version !== undefined && version !== '' && version !== previous.metadata.resourceVersion)
      return refuse(conflict(resource, name, STALE_OBJECT))
    if (identity.trusted) return this.#write(identity, resource, previous, object, options, [])

    const words: DecodeErrorWords = patch.type === 'strategic' ? 'converter' : 'json'
    const badPatch = (why: string): Answer<never> => {
      const errors = new FieldErrors()
      const text = patch.type === 'strategic' ? goValueText(patch.body) : sortedJson(object)
      errors.invalid('patch', text, why)
      return refuse(invalid({ kind: '', group: '', name: '' }, errors.causes))
    }
    const decoded = this.#decodeRaw(resource, object, words)
    if ('error' in decoded) return badPatch(decoded.error)
    const { fieldValidation = 'Strict' } = options
    if (decoded.unknown.length > 0 && fieldValidation === 'Strict') return badPatch(strictError(decoded.unknown))
    const warnings = fieldValidation === 'Warn' ? decoded.unknown.map((path) => `unknown field "${path}"`) : []
    return this.#write(identity, resource, previous, applyDefaults(resource, decoded.object), options, warnings)
  }

  #applyPatch(resource: Resource, object: AnyObject, patch: Exclude<Patch, { type: 'apply' }>): Answer<AnyObject> {
    switch (patch.type) {
      case 'json': {
        const result = applyJsonPatch(object, patch.operations)
        if (!result.ok || !isObject(result.value)) return refuse(unprocessablePatch())
        return answer(result.value as AnyObject)
      }
      case 'merge':
        return answer(applyMergePatch(object, patch.body) as AnyObject)
      case 'strategic': {
        if (resource.isCustom)
          return refuse({
            code: 415,
            reason: 'UnsupportedMediaType',
            message:
              'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
          })
        const result = applyStrategicMergePatch(object, patch.body, this.#structOf(resource))
        return result.ok ? answer(result.value as AnyObject) : refuse(unknownError(result.message))
      }
    }
  }

  #patchedIdentityProblem(resource: Resource, object: AnyObject, previous: AnyObject): Status | undefined {
    if (object.apiVersion !== previous.apiVersion || object.kind !== previous.kind) {
      const got = `${object.apiVersion}, Kind=${object.kind}`
      return badRequest(
        `the API version in the data (${got}) does not match the expected API version (${apiVersionOf(resource)}, Kind=${resource.kind})`,
      )
    }
    if (!isObject(object.metadata)) return badRequest('metadata: expected an object')
    const { name, namespace } = object.metadata
    if (name !== previous.metadata.name)
      return badRequest(`the name of the object (${name}) does not match the name on the URL (${previous.metadata.name})`)
    if ((namespace ?? '') !== (previous.metadata.namespace ?? ''))
      return badRequest('the namespace of the provided object does not match the namespace sent on the request')
    return undefined
  }

  #serverSideApply(
    identity: Identity,
    resource: Resource,
    namespace: string,
    name: string,
    previous: AnyObject | undefined,
    body: AnyObject,
    options: UpdateOptions,
  ): Answer<AnyObject> {
    const manager = options.fieldManager
    if (!manager)
      return refuse(
        badRequest('PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'),
      )
    const decoded = this.#decode(
      resource,
      { ...body, metadata: { ...body.metadata, name, ...(namespace ? { namespace } : {}) } },
      options,
    )
    if ('refused' in decoded) return refuse(decoded.refused)
    const applied = applyFields({
      live: previous,
      body: stripEmpty(body, decoded.object),
      manager,
      force: options.force === true,
      struct: this.#structOf(resource),
      now: this.#now(),
      apiVersion: body.apiVersion,
      subresource: options.subresource ?? '',
    })
    if (!applied.ok) return applied
    const { fieldManager: _, force: _f, ...rest } = options
    if (previous) {
      const object = this.#decodeRaw(resource, applied.value, 'json')
      if ('error' in object) return refuse(badRequest(object.error))
      return this.#write(identity, resource, previous, applyDefaults(resource, object.object), rest, decoded.warnings)
    }
    return this.#createApplied(identity, resource, namespace, applied.value, rest)
  }

  #createApplied(
    identity: Identity,
    resource: Resource,
    namespace: string,
    object: AnyObject,
    options: UpdateOptions,
  ): Answer<AnyObject> {
    const { subresource, ...rest } = options
    if (subresource) return refuse(notFound(resource, object.metadata.name))
    const { managedFields } = object.metadata
    const created = this.#create(identity, resource.key, namespace, object, { ...rest, ...dry(true), fieldValidation: 'Ignore' })
    if (!created.ok) return created
    const withFields = { ...created.value, metadata: { ...created.value.metadata, ...(managedFields ? { managedFields } : {}) } }
    return answer(
      this.#commit(resource, withFields, undefined, { verb: 'create', user: identity.user }, options.dryRun),
      created.warnings,
    )
  }

  // Delete ----------------------------------------------------------------------------------------------------------

  #delete(identity: Identity, key: string, namespace: string, name: string, options: DeleteOptions): Answer<AnyObject> {
    const resource = this.resources.byKey(key)
    if (!resource) return refuse(noSuchResource())
    if (!resource.verbs.includes('delete')) return refuse(methodNotSupported(resource, 'delete'))
    const object = this.store.get(key, namespace, name)
    if (!object) return refuse(notFound(resource, name))
    const { preconditions } = options
    if (preconditions?.uid !== undefined && preconditions.uid !== object.metadata.uid)
      return refuse(
        conflict(
          resource,
          name,
          `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${object.metadata.uid}). The object might have been deleted and then recreated`,
        ),
      )
    if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== object.metadata.resourceVersion)
      return refuse(
        conflict(
          resource,
          name,
          `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${object.metadata.resourceVersion}). The object might have been modified`,
        ),
      )
    if (!identity.trusted) {
      const request = this.#admissionRequest('delete', resource, '', namespace, name, object, options.dryRun)
      for (const plugin of admissionFor(resource)) {
        const refused = plugin.validate?.(object, request)
        if (refused) return refuse(refused)
      }
    }
    const plan = deletionPlan(resource, object, options, this.kernel.unixMs)
    const commitment = { verb: 'delete', user: identity.user }
    let last = object
    // Without the previous state it is written even when nothing holds it: watchers see it marked, then gone.
    if (plan.marked) last = this.#commit(resource, plan.marked, plan.removes ? undefined : object, commitment, options.dryRun)
    if (plan.removes) last = this.#remove(resource, last, commitment, options.dryRun)
    return answer(last)
  }

  #deleteCollection(identity: Identity, key: string, options: ListOptions & DeleteOptions): Answer<ObjectList> {
    const listed = this.#list(key, options)
    if (!listed.ok) return listed
    const items: AnyObject[] = []
    for (const object of listed.value.items) {
      const deleted = this.#delete(identity, key, object.metadata.namespace ?? '', object.metadata.name, options)
      if (deleted.ok) items.push(deleted.value)
      else if (deleted.status.reason !== 'NotFound') return deleted
    }
    return answer({ items, resourceVersion: String(this.store.revision) })
  }

  // Decoding and validation -----------------------------------------------------------------------------------------

  #structOf(resource: Resource): StructSchema | undefined {
    return this.schema.kind(apiVersionOf(resource), resource.kind)
  }

  #zeroStatus(resource: Resource): unknown {
    if (!this.#zeroStatuses.has(resource.key)) {
      const struct = this.#structOf(resource)
      this.#zeroStatuses.set(resource.key, struct ? decodeObject(struct, {}).value['status'] : undefined)
    }
    return this.#zeroStatuses.get(resource.key)
  }

  #decodeRaw(
    resource: Resource,
    given: AnyObject,
    words: DecodeErrorWords,
  ): { readonly object: AnyObject; readonly unknown: readonly string[] } | { readonly error: string } {
    const struct = this.schema.kind(given.apiVersion, given.kind) ?? this.#structOf(resource)
    const { managedFields } = given.metadata
    if (!struct || resource.isCustom) return this.#decodeMetadataOnly(given, words)
    const decoded = decodeObject(struct, hideManagedFields(given), words)
    if (decoded.error !== undefined) return { error: decoded.error }
    const object = convertToStored(resource, decoded.value as AnyObject)
    return {
      object: managedFields ? { ...object, metadata: { ...object.metadata, managedFields } } : object,
      unknown: decoded.unknown,
    }
  }

  /** Simplified: custom objects are not held against the schema of their definition. */
  #decodeMetadataOnly(
    given: AnyObject,
    words: DecodeErrorWords,
  ): { readonly object: AnyObject; readonly unknown: readonly string[] } | { readonly error: string } {
    const struct = this.schema.kind('v1', 'ConfigMap')
    assert(struct, 'the schema must know ConfigMaps')
    const decoded = decodeObject(struct, { metadata: given.metadata }, words)
    if (decoded.error !== undefined) return { error: decoded.error }
    return { object: { ...given, metadata: decoded.value['metadata'] as ObjectMeta }, unknown: decoded.unknown }
  }

  #decode(resource: Resource, given: AnyObject, options: WriteOptions): Decoding {
    const { fieldValidation = 'Warn' } = options
    const served = resource.versions.some((version) => apiVersionOf(resource, version) === given.apiVersion)
    if (!served || given.kind !== resource.kind) {
      const got = gvkText(given.apiVersion, given.kind)
      return {
        refused: badRequest(
          `the API version in the data (${got}) does not match the expected API version (${gvkText(apiVersionOf(resource), resource.kind)})`,
        ),
      }
    }
    const decoded = this.#decodeRaw(resource, given, 'json')
    const what = `${given.kind} in version "${given.apiVersion.split('/').at(-1)}" cannot be handled as a ${given.kind}: `
    if ('error' in decoded) return { refused: badRequest(what + decoded.error) }
    if (decoded.unknown.length > 0 && fieldValidation === 'Strict')
      return { refused: badRequest(what + strictError(decoded.unknown)) }
    const warnings = fieldValidation === 'Warn' ? decoded.unknown.map((path) => `unknown field "${path}"`) : []
    return { object: decoded.object, warnings }
  }

  #validateNew(resource: Resource, object: AnyObject): FieldErrors {
    const errors = new FieldErrors()
    const rules = rulesFor(resource)
    validateObjectMeta(object.metadata, resource.namespaced, rules.name, 'metadata', errors)
    rules.create?.(object, errors)
    return errors
  }

  #validateUpdated(
    resource: Resource,
    object: AnyObject,
    previous: AnyObject,
    subresource: Subresource | undefined,
  ): FieldErrors {
    const errors = new FieldErrors()
    const rules = rulesFor(resource)
    validateObjectMetaUpdate(object.metadata, previous.metadata, 'metadata', errors)
    if (subresource === 'status') rules.status?.(object, previous, errors)
    else if (subresource === 'resize') rules.resize?.(object, previous, errors)
    else if (!subresource) rules.update?.(object, previous, errors)
    return errors
  }

  #admissionRequest(
    operation: AdmissionRequest['operation'],
    resource: Resource,
    subresource: string,
    namespace: string,
    name: string,
    previous: AnyObject | undefined,
    dryRun: boolean | undefined,
  ): AdmissionRequest {
    return {
      operation,
      resource,
      subresource,
      namespace,
      name,
      previous,
      dryRun: dryRun === true,
      kernel: this.kernel,
      store: this.store,
      writeStatus: (key, ofNamespace, ofName, status) => {
        const object = this.store.get(key, ofNamespace, ofName)
        const of = this.resources.byKey(key)
        if (object && of) this.#commit(of, { ...object, status }, object, { verb: 'status', user: 'kube-apiserver' }, dryRun)
      },
    }
  }

  // Store -----------------------------------------------------------------------------------------------------------

  /** Writes; a write that changes nothing is none. An object that was only waiting for its finalizers goes. */
  #commit(resource: Resource, object: AnyObject, previous: AnyObject | undefined, by: Commitment, dryRun = false): AnyObject {
    if (previous && isSame(object, previous)) {
      if (!isReadyToGo(resource, previous)) return previous
      return this.#remove(resource, previous, by, dryRun)
    }
    const { kernel, store } = this
    if (dryRun) {
      const { resourceVersion: _, ...metadata } = object.metadata
      const version = previous?.metadata.resourceVersion
      return { ...object, metadata: version === undefined ? metadata : { ...metadata, resourceVersion: version } }
    }
    if (previous && isReadyToGo(resource, object)) return this.#remove(resource, object, by, false)
    const revision = store.nextRevision
    const written: AnyObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
    if (this.#freezes) deepFreeze(written)
    const cause = kernel.addCause({
      type: 'write',
      actor: by.user,
      verb: by.verb,
      object: objectKey(resource, written),
      revision,
    })
    store.put(resource.key, written, kernel.now, cause)
    return written
  }

  #remove(resource: Resource, object: AnyObject, by: Commitment, dryRun = false): AnyObject {
    if (dryRun) return object
    const { kernel, store } = this
    const revision = store.nextRevision
    const last: AnyObject = { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }
    const cause = kernel.addCause({ type: 'write', actor: by.user, verb: 'delete', object: objectKey(resource, last), revision })
    store.remove(resource.key, last, kernel.now, cause)
    return last
  }
}

// Helpers -------------------------------------------------------------------------------------------------------------

const keyOf = (object: AnyObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`

const byNamespaceAndName = (a: AnyObject, b: AnyObject): number => {
  const left = a.metadata.namespace ?? ''
  const right = b.metadata.namespace ?? ''
  if (left !== right) return left < right ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0
}

const objectKey = (resource: Resource, { metadata }: AnyObject): { resource: string; namespace: string; name: string } => ({
  resource: resource.key,
  namespace: metadata.namespace ?? '',
  name: metadata.name,
})

/** Where etcd keeps kinds that are not kept under their own plural. */
const STORAGE_PATHS: Readonly<Record<string, string>> = {
  services: 'services/specs',
  endpoints: 'services/endpoints',
  nodes: 'minions',
  'ingresses.networking.k8s.io': 'ingress',
  replicationcontrollers: 'controllers',
}

function storageKey(resource: Resource, namespace: string, name: string): string {
  const path = STORAGE_PATHS[resource.key] ?? (resource.isCustom ? `${resource.group}/${resource.plural}` : resource.plural)
  return `/registry/${path}/${namespace === '' ? '' : `${namespace}/`}${name}`
}

const kindOf = (resource: Resource): { kind: string; group: string } => ({ kind: resource.kind, group: resource.group })

const dry = (dryRun: boolean | undefined): { readonly dryRun?: boolean } => (dryRun ? { dryRun } : {})

const gvkText = (apiVersion: string, kind: string): string => `${apiVersion}, Kind=${kind}`

const strictError = (unknown: readonly string[]): string =>
  `strict decoding error: ${unknown.map((path) => `unknown field "${path}"`).join(', ')}`

function namespaceProblem(resource: Resource, namespace: string, object: AnyObject): Status | undefined {
  const own = object.metadata.namespace
  if (!resource.namespaced) return undefined
  if (own !== undefined && own !== '' && own !== namespace)
    return badRequest('the namespace of the provided object does not match the namespace sent on the request')
  return namespace === '' ? badRequest('an empty namespace may not be set during creation') : undefined
}

function hideManagedFields(object: AnyObject): AnyObject {
  if (object.metadata?.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}

/** What the applier wrote, in canonical values: fields that decoding filled in are not part of its opinion. */
function stripEmpty(given: Json, decoded: Json): AnyObject {
  const strip = (a: unknown, b: unknown): unknown => {
    if (Array.isArray(a) && Array.isArray(b)) return a.map((item, i) => strip(item, b[i]))
    if (isObject(a) && isObject(b)) {
      const out: Record<string, unknown> = {}
      for (const key of Object.keys(a)) if (key in b && a[key] !== null) out[key] = strip(a[key], b[key])
      return out
    }
    return b
  }
  return strip(given, decoded) as AnyObject
}

/** Equal but for the version and the times of field managers. */
function isSame(object: AnyObject, previous: AnyObject): boolean {
  if (object === previous) return true
  for (const key in object) {
    if (key === 'metadata') continue
    const value = object[key]
    if (value !== previous[key] && !equalJson(value, previous[key])) return false
  }
  for (const key in previous) if (previous[key] !== undefined && object[key] === undefined) return false
  const left = object.metadata as unknown as Json
  const right = previous.metadata as unknown as Json
  if (left === right) return true
  for (const key in left) {
    if (key === 'resourceVersion') continue
    if (key === 'managedFields' ? !sameManagers(left[key], right[key]) : !equalJson(left[key], right[key])) return false
  }
  for (const key in right) if (right[key] !== undefined && left[key] === undefined && key !== 'resourceVersion') return false
  return true
}

const sameManagers = (a: unknown, b: unknown): boolean => {
  const timeless = (fields: unknown): unknown =>
    Array.isArray(fields) ? fields.map((entry: Json) => ({ ...entry, time: undefined })) : []
  return equalJson(timeless(a), timeless(b))
}

/** A deleted object whose last finalizer has gone. */
function isReadyToGo(resource: Resource, object: AnyObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = object.metadata
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false
  if (resource.key === 'namespaces') {
    const spec = object['spec'] as { finalizers?: readonly string[] } | undefined
    return (spec?.finalizers?.length ?? 0) === 0
  }
  return (deletionGracePeriodSeconds ?? 0) === 0
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const inner of Object.values(value)) deepFreeze(inner)
}
