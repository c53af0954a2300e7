/** How a Pod is shown in either layer. Pure. */
import type { NodeView, PodView } from '../../engine/protocol.ts'
import type { Layer } from '../../app/view-store.ts'

/** What a tile on a place says: the look of the record, or in the true layer whether something runs there. */
export type TileLook = PodView['look'] | 'runs' | 'nothing-runs' | 'only-runs'

export interface TileState {
  readonly look: TileLook
  /** Record and truth differ at this place. */
  readonly differs: boolean
}

/** `place`: the box in which the tile stands, by the record or by the truth. */
export function tileState(pod: PodView, place: string, layer: Layer): TileState {
  const recordedHere = pod.node === place
  const runsHere = pod.truth.host === place && pod.truth.running > 0
  if (!recordedHere) return { look: 'only-runs', differs: true }
  if (layer === 'believed') return { look: pod.look, differs: pod.differs }
  return { look: runsHere ? 'runs' : 'nothing-runs', differs: pod.differs }
}

export const isDim = (pod: PodView, namespace: string, search: string): boolean =>
  (namespace !== '' && pod.namespace !== namespace) || (search !== '' && !pod.id.includes(search))

/** Trouble of a host that its record may not know yet. */
export type HostTrouble = 'off' | 'cut' | 'kubelet' | undefined

export function hostTrouble({ truth }: Pick<NodeView, 'truth'>): HostTrouble {
  if (!truth.poweredOn) return 'off'
  if (!truth.linked) return 'cut'
  return truth.kubeletRunning ? undefined : 'kubelet'
}

/** `a-b-c` → `…b-c`: the end of a name tells siblings apart. */
export const shortened = (text: string, characters: number): string =>
  text.length <= characters ? text : `…${text.slice(1 - characters)}`

/** Pixels that a tile needs for a name to be read in one line: an estimate for the widest of the fonts that may be used. */
export const nameWidth = (name: string): number => 20 + name.length * 8
