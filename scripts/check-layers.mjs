// @ts-check
/** Imports point down only: a lower layer never knows a higher one. Prints every import that does not, and fails. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const SRC = join(dirname(fileURLToPath(import.meta.url)), '..', 'src')

/** Layers from the ground up; the longest matching folder decides. What stands on one level does not know each other but itself. @type {readonly (readonly string[])[]} */
const LEVELS = [
  ['sim/kernel'],
  ['sim/infrastructure'],
  ['sim/kubernetes'],
  ['sim/kubectl', 'sim/explain'],
  ['sim/scenario'],
  ['scenarios'],
  ['engine'],
  ['lessons'],
  ['app'],
  ['components', 'cli'],
]
/** Known exceptions in one direction: what the lower layer may take from the higher one. @type {Readonly<Record<string, readonly string[]>>} */
const ALLOWED = {
  // Recordings of controllers hold kubectl lines: the comparison names the types of what answers them; types only.
  'sim/kubernetes': ['sim/kubectl/command.ts'],
}

/** Where the parts are put together. */
const ROOTS = new Set(['app/App.tsx', 'app/main.tsx'])

const LAYERS = LEVELS.flatMap((names, level) => names.map((name) => ({ name, level })))

/** @param {string} path */
function layerOf(path) {
  const found = LAYERS.filter(({ name }) => path.startsWith(`${name}/`)).sort((a, b) => b.name.length - a.name.length)
  return found[0]
}

/** @param {string} folder @returns {string[]} */
function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'golden' || entry.name === 'generated' ? [] : files(path)
    return /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name) ? [path] : []
  })
}

const violations = []
for (const file of files(SRC)) {
  const from = relative(SRC, file)
  const own = layerOf(from)
  if (!own || ROOTS.has(from) || from.includes('/testing/') || from.includes('/conformance/')) continue
  for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)) {
    const target = relative(SRC, normalize(join(dirname(file), specifier ?? '')))
    const other = layerOf(target)
    if (!other || other.name === own.name || other.level < own.level) continue
    if (ALLOWED[own.name]?.includes(target)) continue
    violations.push(`src/${from} (${own.name}) imports src/${target} (${other.name})`)
  }
}
for (const violation of violations) console.error(violation)
if (violations.length > 0) {
  console.error(`${violations.length} imports point up`)
  process.exit(1)
}
console.log('layers hold')
