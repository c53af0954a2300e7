import type { Millis } from '../../sim/kernel/time.ts'

export interface Use {
  readonly cpuMilli: number
  readonly memoryBytes: number
}

/** The true layer as the views read it: what really runs, whatever the record says. */
export interface Truth {
  /** By Pod uid: containers that run, where, and what they use. Undefined: no host knows the Pod. */
  pod(uid: string): { readonly running: number; readonly host: string; readonly use: Use; readonly progress: number | undefined } | undefined
  node(name: string): {
    readonly poweredOn: boolean
    readonly linked: boolean
    readonly kubeletRunning: boolean
    readonly since: Millis
    readonly use: Use
  }
}
