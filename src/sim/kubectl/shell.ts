/** Words of a line; quotes group. */
export function parseShellLine(line: string): { readonly ok: true; readonly args: readonly string[] } | { readonly ok: false; readonly message: string } {
  const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, plain]) => double ?? single ?? plain ?? '')
  if (words[0] === 'kubectl' || words[0] === 'k') words.shift()
  return { ok: true, args: words }
}
