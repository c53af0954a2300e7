import { assert } from '../sim/kernel/assert.ts'
import type { KernelSnapshot } from '../sim/kernel/kernel.ts'
import type { Millis } from '../sim/kernel/time.ts'
import type { Action, ActResult } from '../sim/scenario/action.ts'
import { World, type WorldOptions } from '../sim/scenario/world.ts'
import { Checkpoints } from './checkpoints.ts'
import { ENGINE_VERSION, type RecordedAction, type Recording } from './recording.ts'

interface Branch {
  readonly id: string
  readonly label: string
  readonly parent: string | undefined
  readonly forkedAt: Millis
  /** Everything done on the way to its end, those of its parents included. */
  readonly actions: RecordedAction[]
  readonly checkpoints: Checkpoints<KernelSnapshot>
  /** Furthest time reached. */
  end: Millis
}

export interface BranchInfo {
  readonly id: string
  readonly label: string
  readonly parent: string | undefined
  readonly forkedAt: Millis
  readonly end: Millis
}

/**
 * One recording and its branches, over one live world. Going back restores the nearest checkpoint and runs forward; acting in the past leaves what came
 * after on its branch and starts another.
 */
export class Session {
  readonly world: World
  readonly #source: Recording['source']
  readonly #seed: number
  readonly #branches = new Map<string, Branch>()
  #branch: Branch
  /** How many of the branch's actions the world has seen. */
  #applied = 0

  constructor(options: WorldOptions & { readonly source: Recording['source'] }) {
    this.world = new World(options)
    this.#source = options.source
    this.#seed = this.world.kernel.seed
    this.#branch = { id: 'A', label: 'A', parent: undefined, forkedAt: 0, actions: [], checkpoints: new Checkpoints(), end: 0 }
    this.#branches.set(this.#branch.id, this.#branch)
    this.#checkpoint()
  }

  get now(): Millis {
    return this.world.now
  }

  get branch(): BranchInfo {
    return this.#branch
  }

  get branches(): readonly BranchInfo[] {
    return [...this.#branches.values()]
  }

  /** What has been done on this branch, with times. */
  get actions(): readonly RecordedAction[] {
    return this.#branch.actions
  }

  /** Runs the world to `time`; on ground already covered the recorded actions happen again. */
  advanceTo(time: Millis): void {
    const branch = this.#branch
    for (;;) {
      const next = branch.actions[this.#applied]
      const stop = Math.min(time, next?.at ?? time, branch.checkpoints.nextAt)
      if (stop > this.world.now) this.world.advanceTo(stop)
      if (next && next.at <= this.world.now) {
        this.world.act(next.action)
        this.#applied += 1
        continue
      }
      this.#checkpoint()
      if (this.world.now >= time) break
    }
    branch.end = Math.max(branch.end, this.world.now)
  }

  /** Puts the world at `time` of this branch, after whatever was done at that moment. */
  seek(time: Millis): void {
    const branch = this.#branch
    const target = Math.max(0, Math.round(time))
    const checkpoint = branch.checkpoints.before(target, branch.actions.length)
    if (target < this.world.now || checkpoint.at > this.world.now) this.#restore(checkpoint)
    this.advanceTo(target)
  }

  /** Does something now. In the past this starts a branch, which becomes the current one. */
  act(action: Action): ActResult & { readonly branch?: string } {
    const isPast = this.#applied < this.#branch.actions.length || this.world.now < this.#branch.end
    const started = isPast ? this.#fork() : undefined
    const branch = this.#branch
    branch.actions.push({ at: this.world.now, action })
    this.#applied = branch.actions.length
    const result = this.world.act(action)
    return started === undefined ? result : { ...result, branch: started }
  }

  /** Goes to another branch, at its end or as far as now. */
  switchTo(id: string): boolean {
    const branch = this.#branches.get(id)
    if (!branch) return false
    const time = Math.min(this.world.now, branch.end)
    this.#branch = branch
    this.#restore(branch.checkpoints.before(time, branch.actions.length))
    this.advanceTo(time)
    return true
  }

  /** What was done on a branch, or undefined when there is none of that id. */
  actionsOf(id: string): readonly RecordedAction[] | undefined {
    return this.#branches.get(id)?.actions
  }

  /** Does what was done elsewhere, up to `time`; later deeds follow as time goes on. */
  follow(actions: readonly RecordedAction[], time: Millis): void {
    this.#branch.actions.push(...actions)
    this.advanceTo(time)
  }

  /** The recording of a branch as it stands now. */
  recording(): Recording {
    return {
      version: 1,
      engine: ENGINE_VERSION,
      source: this.#source,
      seed: this.#seed,
      actions: this.#branch.actions.slice(0, this.#applied),
      at: this.world.now,
      digest: this.world.digest,
    }
  }

  /** Lives a recording again up to where its sender left it. */
  replay(recording: Recording): { readonly digestMatches: boolean } {
    assert(this.world.now === 0 && this.#branch.actions.length === 0, 'a recording is replayed into a fresh session')
    this.follow(recording.actions, recording.at)
    return { digestMatches: this.world.digest === recording.digest }
  }

  #fork(): string {
    const from = this.#branch
    const label = String.fromCharCode(65 + (this.#branches.size % 26)) + (this.#branches.size >= 26 ? String(Math.floor(this.#branches.size / 26)) : '')
    const branch: Branch = {
      id: label,
      label,
      parent: from.id,
      forkedAt: this.world.now,
      actions: from.actions.slice(0, this.#applied),
      checkpoints: from.checkpoints.fork(this.world.now, this.#applied),
      end: this.world.now,
    }
    this.#branches.set(branch.id, branch)
    this.#branch = branch
    return branch.id
  }

  #restore(checkpoint: { readonly actions: number; readonly snapshot: KernelSnapshot }): void {
    this.world.restore(checkpoint.snapshot)
    this.#applied = checkpoint.actions
  }

  #checkpoint(): void {
    const { checkpoints } = this.#branch
    if (this.world.now < checkpoints.nextAt) return
    checkpoints.add({ at: this.world.now, actions: this.#applied, snapshot: this.world.snapshot() })
  }
}
