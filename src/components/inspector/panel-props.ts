import type { Inspection } from '../../engine/protocol.ts'

/** What every page of the inspector is given. */
export interface InspectorPanelProps {
  readonly inspection: Inspection
}
