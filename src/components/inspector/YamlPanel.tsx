import type { InspectorPanelProps } from './Inspector.tsx'

/** As `kubectl get -o yaml` prints it. */
export default function YamlPanel({ inspection: { yaml } }: InspectorPanelProps) {
  return <pre>{yaml}</pre>
}
