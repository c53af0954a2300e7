// @ts-check
/**
 * Writes the counts of docs/model.md: how many recordings of the real components agree, theme by theme, and which do not yet.
 * `node scripts/count-conformance.mjs RECORDINGS...` (folders as `clusterlab conform` takes them). Prints the table between the marks when no file is there.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const folders = process.argv.slice(2)
if (folders.length === 0) {
  console.error('usage: node scripts/count-conformance.mjs RECORDINGS...')
  process.exit(2)
}

/** @typedef {{ theme: string, name: string, passed: boolean }} Case */

/** @type {Case[]} */
const cases = folders.flatMap((folder) => {
  const run = spawnSync(process.execPath, [join(root, 'bin/clusterlab.mjs'), 'conform', folder, '--format', 'json'], { encoding: 'utf8', maxBuffer: 1 << 28 })
  if (run.status !== 0 && run.status !== 1) throw new Error(run.stderr)
  return JSON.parse(run.stdout).cases
})

/** @type {Map<string, Case[]>} */
const themes = new Map()
for (const one of cases) {
  // The kubelet's themes are the first word of a case's name.
  const theme = one.theme === 'kubelet' ? `kubelet: ${one.name.split('/')[0]}` : one.theme
  themes.set(theme, [...(themes.get(theme) ?? []), one])
}
const rows = [...themes].map(([theme, list]) => {
  const passed = list.filter((one) => one.passed).length
  const open = list.filter((one) => !one.passed).map(({ name }) => name.split('/').at(-1))
  return `| ${theme} | ${passed} of ${list.length} | ${open.join(', ')} |`
})
const all = cases.filter((one) => one.passed).length
const table = ['| theme | agree | not yet |', '|---|---|---|', ...rows, `| **all** | **${all} of ${cases.length}** | |`].join('\n')

const file = join(root, 'docs/model.md')
const text = readFileSync(file, 'utf8')
const [begin, end] = ['<!-- counts: begin -->', '<!-- counts: end -->']
const from = text.indexOf(begin)
const to = text.indexOf(end)
if (from < 0 || to < 0) throw new Error('docs/model.md has no marks for the counts')
writeFileSync(file, `${text.slice(0, from + begin.length)}\n${table}\n${text.slice(to)}`)
console.log(table)
