import { type Fields, at, isSet, items, number, text } from '../fields.ts'
import { goSort } from '../../kernel/go-sort.ts'
import { formatLabelSelector } from '../printers/format-labels.ts'
import { writeContainers } from './containers.ts'
import { writeVolumes } from './volumes.ts'
import type { DescribeWriter } from './writer.ts'

export function writeSpreadConstraints(w: DescribeWriter, constraints: unknown, space = ''): void {
  const sorted = goSort(items(constraints), (a, b) => text(a['topologyKey']) < text(b['topologyKey']))
  if (sorted.length === 0) return
  w.multiline(
    'Topology Spread Constraints',
    sorted.map(
      (constraint) =>
        `${text(constraint['topologyKey'])}:${text(constraint['whenUnsatisfiable'])} when max skew ${number(constraint['maxSkew'])} is exceeded${isSet(constraint['labelSelector']) ? ` for selector ${formatLabelSelector(constraint['labelSelector'])}` : ''}`,
    ),
    space,
  )
}

/** Models describe's DescribePodTemplate. */
export function writePodTemplate(w: DescribeWriter, template: unknown): void {
  w.line(0, 'Pod Template:')
  if (!isSet(template)) {
    w.write(1, '<unset>')
    return
  }
  const spec = at(template, 'spec') as Fields | undefined
  w.labels('  Labels', at(template, 'metadata.labels'))
  const annotations = at(template, 'metadata.annotations')
  if (isSet(annotations) && Object.keys(annotations as object).length > 0) w.annotations('  Annotations', annotations)
  const account = text(at(spec, 'serviceAccountName'))
  if (account !== '') w.line(1, 'Service Account:', account)
  if (items(at(spec, 'initContainers')).length > 0)
    writeContainers(w, 'Init Containers', at(spec, 'initContainers'), { space: '  ' })
  writeContainers(w, 'Containers', at(spec, 'containers'), { space: '  ' })
  writeVolumes(w, at(spec, 'volumes'), '  ')
  writeSpreadConstraints(w, at(spec, 'topologySpreadConstraints'), '  ')
  const priority = text(at(spec, 'priorityClassName'))
  if (priority !== '') w.line(1, 'Priority Class Name:', priority)
  w.labels('  Node-Selectors', at(spec, 'nodeSelector'))
  w.tolerations('  Tolerations', at(spec, 'tolerations'))
}
