import type { Kernel } from '../../kernel/kernel.ts'
import { formatMicroTime, type Millis } from '../../kernel/time.ts'
import type { Api } from '../api/client.ts'
import type { Pod } from '../api/types.ts'
import { CONFIG_SOURCE_ANNOTATION } from './pod-phase.ts'

export interface StaticPodHost {
  readonly kernel: Kernel
  readonly api: Api
  readonly nodeName: string
  post(delayMs: Millis, body: unknown): void
  /** The mirror as the informer knows it. */
  mirrorOf(name: string, namespace: string): Pod | undefined
  added(pod: Pod): void
  removed(pod: Pod): void
  /** No worker of that uid is left. */
  isGone(uid: string): boolean
}

const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror'
const HASH_ANNOTATION = 'kubernetes.io/config.hash'
const SEEN_ANNOTATION = 'kubernetes.io/config.seen'
/** A Pod whose predecessor of the same name still has a worker is tried again after so long. */
const RETRY_MS = 10_000

/** The API's picture of a static Pod. */
export const isMirrorPod = (pod: Pod): boolean => pod.metadata.annotations?.[MIRROR_ANNOTATION] !== undefined

interface StaticState {
  /** `namespace/name` to the Pod of its file. */
  readonly files: ReadonlyMap<string, Pod>
  /** Pods that have begun. */
  readonly started: ReadonlySet<string>
}

function hashOf(text: string): string {
  let hash = ''
  let seed = 0x811c9dc5
  for (let round = 0; round < 4; round++) {
    for (let i = 0; i < text.length; i++) seed = Math.imul(seed ^ text.charCodeAt(i), 0x01000193)
    hash += (seed >>> 0).toString(16).padStart(8, '0')
  }
  return hash
}

/** Pods from files of the node, and their mirrors in the API. Models pkg/kubelet/config/file.go and pod/mirror_client.go (v1.35). */
export class StaticPods {
  readonly #host: StaticPodHost
  /** The directory: outlives the process. */
  #files = new Map<string, Pod>()
  #started = new Set<string>()

  constructor(host: StaticPodHost) {
    this.#host = host
  }

  /** The process has started: every file is read. */
  start(): void {
    this.#started.clear()
    for (const pod of this.#files.values()) this.#begin(pod)
  }

  /** Of the Pod that the file describes now. */
  uidOf(namespace: string, name: string): string | undefined {
    return this.#files.get(`${namespace}/${name}`)?.metadata.uid
  }

  write(manifest: Pod, isRunning: boolean): void {
    const namespace = manifest.metadata.namespace ?? 'default'
    const name = `${manifest.metadata.name}-${this.#host.nodeName}`
    const uid = hashOf(JSON.stringify(manifest) + this.#host.nodeName)
    const key = `${namespace}/${name}`
    const before = this.#files.get(key)
    if (before?.metadata.uid === uid) return
    const spec = manifest.spec
    const pod: Pod = {
      ...manifest,
      metadata: {
        ...manifest.metadata,
        name,
        namespace,
        uid,
        annotations: {
          ...manifest.metadata.annotations,
          [HASH_ANNOTATION]: uid,
          [SEEN_ANNOTATION]: formatMicroTime(this.#host.kernel.unixMs),
          [CONFIG_SOURCE_ANNOTATION]: 'file',
        },
      },
      spec: {
        ...spec,
        nodeName: this.#host.nodeName,
        restartPolicy: spec.restartPolicy ?? 'Always',
        terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds ?? 30,
        tolerations: [...(spec.tolerations ?? []), { effect: 'NoExecute', operator: 'Exists' }],
      },
      status: { phase: 'Pending' },
    }
    this.#files.set(key, pod)
    if (!isRunning) return
    if (before) this.#end(before)
    this.#begin(pod)
  }

  remove(namespace: string, name: string, isRunning: boolean): void {
    const key = `${namespace}/${name}-${this.#host.nodeName}`
    const pod = this.#files.get(key)
    if (!pod) return
    this.#files.delete(key)
    if (isRunning) this.#end(pod)
  }

  #begin(pod: Pod): void {
    // One of the same name must be wholly gone first.
    for (const uid of this.#started)
      if (uid.startsWith(`${pod.metadata.namespace}/${pod.metadata.name}/`)) {
        this.#host.post(RETRY_MS, { begin: pod.metadata.uid })
        return
      }
    this.#started.add(keyOf(pod))
    this.#host.added(pod)
  }

  #end(pod: Pod): void {
    if (this.#started.has(keyOf(pod))) this.#host.removed(pod)
  }

  receive(body: unknown): void {
    const { begin, mirror } = body as { begin?: string; mirror?: string }
    for (const pod of this.#files.values()) {
      if (begin !== undefined && pod.metadata.uid === begin) this.#begin(pod)
      if (mirror !== undefined && pod.metadata.uid === mirror && this.#started.has(keyOf(pod))) this.ensureMirror(pod)
    }
  }

  /** The worker of a static Pod has finished: its mirror goes when the file is gone. */
  workerGone(uid: string): void {
    for (const key of this.#started) {
      const [namespace, name, own] = key.split('/')
      if (own !== uid) continue
      this.#started.delete(key)
      if (!this.#files.has(`${namespace}/${name}`)) this.#deleteMirror(namespace!, name!)
    }
  }

  mirrorChanged(type: 'ADDED' | 'MODIFIED' | 'DELETED', mirror: Pod): void {
    const pod = this.#files.get(`${mirror.metadata.namespace ?? 'default'}/${mirror.metadata.name}`)
    if (!pod || !this.#started.has(keyOf(pod))) return
    if (type === 'DELETED' || mirror.metadata.deletionTimestamp) this.#host.post(2, { mirror: pod.metadata.uid })
    else if (type === 'ADDED') this.#host.added(pod)
  }

  ensureMirror(pod: Pod): void {
    const { namespace = 'default', name, uid } = pod.metadata
    const mirror = this.#host.mirrorOf(name, namespace)
    if (mirror && !mirror.metadata.deletionTimestamp && mirror.metadata.annotations?.[MIRROR_ANNOTATION] === uid) return
    if (mirror) this.#deleteMirror(namespace, name)
    const node = this.#host.api.get('nodes', '', this.#host.nodeName)
    if (!node.ok) return
    const { uid: _own, ...metadata } = pod.metadata
    const { status: _status, ...rest } = pod
    this.#host.api.create('pods', namespace, {
      ...rest,
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...metadata,
        annotations: { ...metadata.annotations, [MIRROR_ANNOTATION]: uid! },
        ownerReferences: [
          { apiVersion: 'v1', kind: 'Node', name: this.#host.nodeName, uid: node.value.metadata.uid ?? '', controller: true },
        ],
      },
    })
  }

  #deleteMirror(namespace: string, name: string): void {
    this.#host.api.delete('pods', namespace, name, { gracePeriodSeconds: 0 })
  }

  snapshot(): StaticState {
    return { files: new Map(this.#files), started: new Set(this.#started) }
  }

  restore(state: unknown): void {
    const { files, started } = state as StaticState
    this.#files = new Map(files)
    this.#started = new Set(started)
  }
}

const keyOf = (pod: Pod): string => `${pod.metadata.namespace}/${pod.metadata.name}/${pod.metadata.uid}`
