const BLOCK_SCALAR = /(?:^|: +)[|>][-+0-9]*\s*(?:\s#.*)?$/
const FLOW_START = /(?:^|[:?-] +)[[{]/

/**
 * An upper bound of the nesting of a block-style YAML text, found without parsing it. Brackets count only where a value can begin, so
 * that a dump full of scripts and JSON in block scalars is not taken for a bomb; within a flow collection they count everywhere.
 */
export function yamlNesting(source: string): number {
  let deepest = 0
  let flow = 0
  /** Lines indented by more are text. */
  let textBeyond: number | undefined
  for (const line of source.split('\n')) {
    const indent = line.length - line.trimStart().length
    if (textBeyond !== undefined) {
      if (indent > textBeyond || indent === line.length) continue
      textBeyond = undefined
    }
    let column = indent
    let lastDash = indent
    let compact = 0
    while ((line[column] === '-' || line[column] === '?') && (line[column + 1] === ' ' || line[column + 1] === undefined)) {
      compact += 1
      lastDash = column
      column += 1
      while (line[column] === ' ') column += 1
    }
    deepest = Math.max(deepest, (indent >> 1) + compact)
    const rest = line.slice(column)
    if (flow === 0) {
      if (rest.startsWith('#')) continue
      const text = BLOCK_SCALAR.exec(rest)
      if (text && !rest.slice(0, text.index).includes('#')) {
        textBeyond = text.index === 0 && compact > 0 ? lastDash : column
        continue
      }
      // Anchors and tags stand between a key and its value: then every bracket is believed.
      if (!FLOW_START.test(rest) && !/(?:^|\s)[&!]/.test(rest)) continue
    }
    for (const char of rest) {
      if (char === '[' || char === '{') flow += 1
      else if ((char === ']' || char === '}') && flow > 0) flow -= 1
      if (flow > deepest) deepest = flow
    }
  }
  return deepest
}

const isCollection = (value: unknown): value is object => typeof value === 'object' && value !== null

/** The nesting of parsed data. */
export function nestingOf(value: unknown): number {
  let depth = 0
  for (let level = [value].filter(isCollection); level.length > 0; depth++)
    level = level.flatMap((each) => Object.values(each) as unknown[]).filter(isCollection)
  return depth
}
