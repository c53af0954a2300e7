/** Largest text that is parsed, in characters: the installers of large operators have two million. */
export const MAX_YAML_LENGTH = 4 * 1024 * 1024
/** Deepest nesting that is parsed: parsers recurse, and some engines die of it. */
export const MAX_YAML_DEPTH = 100

/** An upper bound of the nesting of a YAML text, without parsing it: flow brackets, indentation, compact `- - -` and `? ?`. */
export function yamlDepth(source: string): number {
  let deepest = 0
  let flow = 0
  for (const line of source.split('\n')) {
    const indent = line.length - line.trimStart().length
    let compact = 0
    for (let i = indent; i < line.length; i++) {
      const char = line[i]
      if ((char === '-' || char === '?') && (line[i + 1] === ' ' || line[i + 1] === undefined)) compact += 1
      else if (char !== ' ') break
    }
    for (const char of line) {
      if (char === '[' || char === '{') flow += 1
      else if ((char === ']' || char === '}') && flow > 0) flow -= 1
      if (flow > deepest) deepest = flow
    }
    deepest = Math.max(deepest, (indent >> 1) + compact)
  }
  return deepest
}

export type YamlRefusal =
  { readonly type: 'too-large'; readonly length: number } | { readonly type: 'too-deep'; readonly depth: number }

/** Why a text must not be given to the parser, or undefined. */
export function refuseYaml(source: string): YamlRefusal | undefined {
  if (source.length > MAX_YAML_LENGTH) return { type: 'too-large', length: source.length }
  const depth = yamlDepth(source)
  return depth > MAX_YAML_DEPTH ? { type: 'too-deep', depth } : undefined
}
