import type { Actor, Kernel } from '../../kernel/kernel.ts'
import { Store, type StoreSnapshot } from './store.ts'

/** The store as a member of the world: its commits feed the digest, its state is part of every snapshot. */
export class Etcd implements Actor {
  readonly name = 'etcd'
  readonly store = new Store()

  constructor(kernel: Kernel) {
    kernel.register(this)
    this.store.onCommit((commit) => {
      const { digest } = kernel
      digest.int(commit.revision)
      digest.number(commit.at)
      digest.text(commit.type)
      digest.text(commit.resource)
      digest.text(commit.namespace)
      digest.text(commit.name)
      if (commit.type !== 'DELETED') digest.value(commit.object, commit.previous)
    })
  }

  receive(): void {}

  snapshot(): StoreSnapshot {
    return this.store.snapshot()
  }

  restore(snapshot: StoreSnapshot): void {
    this.store.restore(snapshot)
  }
}
