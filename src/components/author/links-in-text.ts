/** Every link in a text; what stands before it on its line is its name: a student, a number. */
export function linksIn(text: string): readonly { readonly name: string; readonly text: string }[] {
  return text.split('\n').flatMap((line) => {
    const found = /\S*\bv1\.[A-Za-z0-9_-]+/.exec(line)
    if (!found) return []
    const name = line.slice(0, found.index).replace(/[\s,;:\t|]+$/, '').trim()
    return [{ name: name === '' ? `…${found[0].slice(-12)}` : name, text: found[0] }]
  })
}
