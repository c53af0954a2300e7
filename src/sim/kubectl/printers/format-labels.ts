import { fields, items, sortedEntries, text, texts } from '../fields.ts'

/** `a=b,c=d`, sorted; `<none>` for none. Models labels.FormatLabels. */
export function formatLabels(labels: unknown): string {
  const entries = sortedEntries(labels)
  return entries.length === 0 ? '<none>' : entries.map(([key, value]) => `${key}=${value}`).join(',')
}

/** A label selector as a line, requirements sorted by key; '' for an empty one. Models labels.Selector.String. */
export function selectorText(selector: unknown): string {
  const requirements = sortedEntries(fields(selector)['matchLabels']).map(([key, value]) => ({ key, line: `${key}=${value}` }))
  for (const { key, operator, values } of items(fields(selector)['matchExpressions'])) {
    const name = text(key)
    const set = `(${[...texts(values)].sort().join(',')})`
    const line =
      operator === 'In'
        ? `${name} in ${set}`
        : operator === 'NotIn'
          ? `${name} notin ${set}`
          : operator === 'Exists'
            ? name
            : `!${name}`
    requirements.push({ key: name, line })
  }
  return requirements
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ line }) => line)
    .join(',')
}

/** Models metav1.FormatLabelSelector. */
export const formatLabelSelector = (selector: unknown): string => selectorText(selector) || '<none>'
