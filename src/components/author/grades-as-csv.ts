import type { Grade } from '../../engine/grade.ts'

/** A cell that a spreadsheet shows as it is: quoted, and never taken for a formula. */
const cell = (value: string | number | boolean): string => {
  const text = String(value)
  return `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
}

/** Without it Excel takes UTF-8 for something else. */
const BYTE_ORDER_MARK = '\uFEFF'

/** One row an attempt, one column a goal. */
export function gradesAsCsv(grades: readonly { readonly name: string; readonly result: Grade | string }[]): string {
  const goals = [...new Set(grades.flatMap(({ result }) => (typeof result === 'string' ? [] : result.goals.map(({ id }) => id))))]
  const head = ['name', 'passed', ...goals, 'simulated seconds', 'deeds', 'digest matches', 'problem']
  const rows = grades.map(({ name, result }) =>
    typeof result === 'string'
      ? [name, false, ...goals.map(() => ''), '', '', '', result]
      : [
          name,
          result.isPassed,
          ...goals.map((id) => result.goals.find((goal) => goal.id === id)?.verdict ?? ''),
          result.at / 1000,
          result.deeds.length,
          result.digestMatches,
          '',
        ],
  )
  return `${BYTE_ORDER_MARK}${[head, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`
}
