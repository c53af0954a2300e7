import { Component } from '../../kernel/component.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { Store } from '../etcd/store.ts'
import type { ApiEndpoint } from './connection.ts'

/** etcd forgets history that is older than this: the API server asks it to compact every five minutes. */
const COMPACTION_MS = 300_000

/** The process `kube-apiserver`: while it is stopped nobody is answered and every watch is broken. Its state is the store's. */
export class ApiServerProcess extends Component implements ApiEndpoint {
  readonly #store: Store
  /** Called when the process stops or starts. */
  onChange: () => void = () => {}

  constructor(options: { kernel: Kernel; store: Store }) {
    super(options.kernel, 'kube-apiserver')
    this.#store = options.store
  }

  get isServing(): boolean {
    return this.isRunning
  }

  protected onStart(): void {
    this.after(COMPACTION_MS, 'compact', this.#store.revision, 0)
    this.onChange()
  }

  protected onStop(): void {
    this.onChange()
  }

  /** Each round compacts up to where the store stood at the round before. */
  protected handle(_kind: string, body: unknown): void {
    this.after(COMPACTION_MS, 'compact', this.#store.revision, 0)
    this.#store.compact(body as number)
  }

  protected save(): unknown {
    return null
  }

  protected load(): void {}
}
