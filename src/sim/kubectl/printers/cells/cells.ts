import { at, items, text } from '../../fields.ts'
import type { Fields } from '../../fields.ts'

export type Cell = string | number | boolean | undefined

export interface CellContext {
  readonly nowMs: number
  readonly wide: boolean
}

/** The printed columns of a resource and how an object fills them. A column whose name starts with `+` shows only with `-o wide`. */
export interface Cells {
  readonly columns: readonly string[]
  cells(object: Fields, context: CellContext): readonly Cell[]
}

export const nameOf = (object: Fields): string => text(at(object, 'metadata.name'))

/** Names and images of containers, comma-separated. */
export function containerCells(containers: unknown): readonly [string, string] {
  const all = items(containers)
  return [all.map(({ name }) => text(name)).join(','), all.map(({ image }) => text(image)).join(',')]
}

/** At most `max` of a list, and how many more there are. */
export function listWithMore(all: readonly string[], max: number): string {
  const shown = all.slice(0, max).join(',')
  if (all.length > max) return `${shown} + ${all.length - max} more...`
  return shown === '' ? '<unset>' : shown
}

/** `10` or `25%`. */
export const intOrString = (value: unknown): string => text(value)
