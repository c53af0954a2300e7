import { at, type Fields, isSet, sortedEntries, text, texts } from '../fields.ts'
import { ageOf } from '../human-time.ts'
import { accessModes, storageClassOf } from '../printers/cells/storage.ts'
import { type DescribeWriter, meta, metadataOf } from './writer.ts'

/** `Terminating (lasts 12s)` or the phase. */
export const phaseText = (object: Fields, nowMs: number): string =>
  isSet(metadataOf(object)['deletionTimestamp'])
    ? `Terminating (lasts ${ageOf(metadataOf(object)['deletionTimestamp'], nowMs)})`
    : text(at(object, 'status.phase'))

/** A claim, or (not `isWhole`) the template of one within a Pod's volume. */
export function writeClaim(
  w: DescribeWriter,
  claim: Fields,
  { level, isWhole, nowMs }: { readonly level: number; readonly isWhole: boolean; readonly nowMs: number },
): void {
  if (isWhole) {
    w.line(level, 'Name:', meta(claim, 'name'))
    w.line(level, 'Namespace:', meta(claim, 'namespace'))
  }
  w.line(level, 'StorageClass:', storageClassOf(claim))
  if (isWhole) w.line(level, 'Status:', phaseText(claim, nowMs))
  const volume = text(at(claim, 'spec.volumeName'))
  w.line(level, 'Volume:', volume)
  if (isWhole) {
    w.labels('Labels', metadataOf(claim)['labels'])
    w.annotations('Annotations', metadataOf(claim)['annotations'])
  } else {
    // The real writer indents every piece of a nested line, the value too.
    const indent = '  '.repeat(level)
    for (const [title, field] of [
      ['Labels', 'labels'],
      ['Annotations', 'annotations'],
    ] as const) {
      const sign = field === 'labels' ? '=' : ': '
      const lines = sortedEntries(metadataOf(claim)[field]).map(([key, value]) => `${indent}${key}${sign}${value}`)
      w.write(level, '')
      w.multiline(title, lines.length === 0 ? [`${indent}<none>`] : lines)
    }
  }
  if (isWhole) w.line(level, 'Finalizers:', `[${texts(metadataOf(claim)['finalizers']).join(' ')}]`)
  w.line(level, 'Capacity:', volume === '' ? '' : text(at(claim, 'status.capacity.storage')) || '0')
  w.line(level, 'Access Modes:', volume === '' ? '' : accessModes(at(claim, 'status.accessModes')))
  if (isSet(at(claim, 'spec.volumeMode'))) w.line(level, 'VolumeMode:', text(at(claim, 'spec.volumeMode')))
  const source = at(claim, 'spec.dataSource')
  if (isSet(source)) {
    w.line(level, 'DataSource:')
    if (isSet(at(source, 'apiGroup'))) w.line(level + 1, 'APIGroup:', text(at(source, 'apiGroup')))
    w.line(level + 1, 'Kind:', text(at(source, 'kind')))
    w.line(level + 1, 'Name:', text(at(source, 'name')))
  }
}
