/** What a student or a timeline does to a world; recorded with its time. */
export type Action =
  | {
      readonly type: 'kubectl'
      readonly line: string
      readonly files?: Readonly<Record<string, string>>
      readonly stdin?: string
    }
  | { readonly type: 'apply'; readonly text: string }
  | { readonly type: 'edit'; readonly command: number; readonly text: string | undefined }
  | { readonly type: 'interrupt'; readonly command: number }
  | { readonly type: 'fault'; readonly kind: FaultKind; readonly target: FaultTarget; readonly id?: string }
  | { readonly type: 'heal'; readonly id: string }
  | { readonly type: 'traffic'; readonly service: string; readonly ratePerSecond: number }
  | { readonly type: 'predict'; readonly step: string; readonly answer: string }
  /** A timeline entry with `manual: true`. */
  | { readonly type: 'trigger'; readonly id: string }

export type FaultKind =
  'HostPowerOff' | 'LinkDown' | 'ProcessStop' | 'ContainerExit' | 'ContainerHang' | 'MemoryLeak' | 'ImageMissing'

/** What a fault strikes, by kind: a host, a link, a process, a container, an image. */
export type FaultTarget =
  | { readonly host: string }
  | { readonly between: readonly [string, string] }
  | { readonly process: string }
  /** `pod` is `namespace/name`; without a container, its first. */
  | { readonly pod: string; readonly container?: string; readonly exitCode?: number; readonly megabytesPerSecond?: number }
  | { readonly image: string }

export interface ActResult {
  readonly ok: boolean
  /** kubectl's words, or ours. */
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
  /** `kubectl edit` wants an editor; answer with an `edit` action for this command. */
  readonly editor?: { readonly command: number; readonly name: string; readonly text: string }
  /** Objects that this put into the store and that nothing acts on: `Ingress shop/front`. */
  readonly storedOnly?: readonly string[]
  /** The command still runs (`-w`, `rollout status`, waiting deletes); its text comes later. */
  readonly running?: number
}

/** The verb under which `used()` and a scenario's rules know an action: `kubectl.scale deployments`, `fault.HostPowerOff`. */
export function verbOf(action: Action): string {
  switch (action.type) {
    case 'kubectl': {
      // Of a pipeline only the kubectl part acts: `cat web.yaml | kubectl apply -f -`.
      const part = action.line.split('|').find((candidate) => /^\s*(kubectl|k)\s/.test(candidate)) ?? action.line
      const words = part.trim().split(/\s+/)
      if (words[0] === 'kubectl' || words[0] === 'k') words.shift()
      return `kubectl.${words
        .filter((word) => !word.startsWith('-'))
        .slice(0, 2)
        .join(' ')}`
    }
    case 'apply':
      return 'kubectl.apply'
    case 'fault':
      return `fault.${action.kind}`
    case 'edit':
    case 'interrupt':
    case 'heal':
    case 'traffic':
    case 'predict':
    case 'trigger':
      return action.type
  }
}
