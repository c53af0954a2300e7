export type FileKind = 'scenario' | 'recording' | 'manifest'

/** What a text is meant as, by its own `kind` lines: without reading it, for it may be half written. */
export function fileKind(text: string): FileKind {
  if (!/^apiVersion:\s*["']?clusterlab\.dev\//m.test(text)) return 'manifest'
  if (/^kind:\s*["']?Recording["']?\s*$/m.test(text)) return 'recording'
  return /^kind:\s*["']?Scenario["']?\s*$/m.test(text) ? 'scenario' : 'manifest'
}
