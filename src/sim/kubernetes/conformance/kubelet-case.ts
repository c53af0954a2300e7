import type { SandboxBehaviour } from '../../infrastructure/container-runtime.ts'
import type { Image } from '../../infrastructure/image-registry.ts'
import type { Workload } from '../../infrastructure/workload.ts'
import type { Millis } from '../../kernel/time.ts'
import type { AnyObject, Pod, Taint } from '../api/types.ts'
import type { NodeStats } from '../kubelet/node-stats.ts'

/** What the scripted container runtime of a recording does. */
export interface RuntimeScript {
  readonly images?: Readonly<Record<string, Partial<Image>>>
  readonly containers?: Readonly<Record<string, Workload>>
  readonly sandbox?: SandboxBehaviour
}

export interface RecordedStep {
  readonly atMs: Millis
  readonly do: string
  readonly byCase?: string
  readonly graceSeconds?: number
  readonly subresource?: 'status' | 'resize' | 'ephemeralcontainers'
  readonly patch?: Readonly<Record<string, unknown>>
  readonly object?: AnyObject
  readonly kind?: string
  readonly name?: string
  readonly namespace?: string
  readonly downMs?: Millis
  readonly stats?: NodeStats
  readonly faults?: { readonly networkNotReady?: boolean; readonly runtimeDown?: boolean }
  readonly taints?: readonly Taint[]
  readonly labels?: Readonly<Record<string, string>>
  readonly active?: boolean
  readonly pod?: Pod
}

export interface RecordedContainer {
  readonly name: string
  readonly init?: boolean
  readonly ephemeral?: boolean
  readonly state: string
  readonly reason?: string
  readonly exitCode?: number
  readonly message?: string
  readonly ready: boolean
  readonly started?: boolean
  readonly restartCount: number
  readonly last?: { readonly reason?: string; readonly exitCode?: number }
}

/** One distinct state of the Pod; `gone` when the object was deleted. */
export interface RecordedState {
  readonly ms?: readonly Millis[] | Millis
  readonly gone?: boolean
  readonly phase?: string
  readonly reason?: string
  readonly message?: string
  readonly conditions?: Readonly<Record<string, string>>
  readonly containers?: readonly RecordedContainer[]
  readonly deleting?: unknown
  readonly seen?: string
}

export interface RecordedEvent {
  readonly reason: string
  readonly type: string
  readonly message: string
  readonly container?: string
  readonly from: string
  readonly count?: number | { readonly min: number; readonly max: number }
}

export interface RecordedTime {
  readonly what: string
  readonly from: string
  readonly to: string
  readonly ms: readonly Millis[]
  readonly constantMs?: Millis
  /** Below, above. */
  readonly toleranceMs?: readonly [number, number]
}

export interface RecordedProbe {
  readonly probe: string
  readonly count: readonly number[]
  readonly gapMs?: { readonly median: readonly Millis[] }
}

export interface Spread {
  readonly min: number
  readonly p10: number
  readonly median: number
  readonly p90: number
  readonly max: number
}

export interface KubeletRecording {
  readonly name: string
  readonly about: string
  readonly node?: {
    readonly maxPods?: number
    readonly shutdownGrace?: number
    readonly stats?: NodeStats & { readonly cores?: number }
  }
  readonly objects?: readonly AnyObject[]
  readonly pod?: Pod
  readonly script?: RuntimeScript
  readonly steps?: readonly RecordedStep[]
  readonly sharedNodeWith?: readonly { readonly case: string; readonly boundAtMs: Millis }[]
  readonly untilMs?: Millis
  /** Of the node alone: gaps between renewals of its Lease and between writes of its status. */
  readonly leaseGapMs?: Spread
  readonly statusWriteGapSeconds?: Spread
  readonly expect?: {
    readonly states?: readonly RecordedState[]
    readonly events?: readonly RecordedEvent[]
    readonly eventsInAnyOrder?: readonly RecordedEvent[]
    readonly runtime?: readonly string[]
    readonly times?: readonly RecordedTime[]
    readonly probes?: readonly RecordedProbe[]
    readonly node?: readonly Readonly<Record<string, unknown>>[]
    readonly nodeEvents?: readonly RecordedEvent[]
  }
  readonly racy?: {
    readonly states?: readonly (readonly RecordedState[])[]
    readonly events?: readonly (readonly RecordedEvent[])[]
    readonly runtime?: readonly (readonly string[])[]
  }
}
