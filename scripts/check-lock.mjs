// @ts-check
/** The lock file must list every optional platform package: without one `npm ci` stops, and other systems get no binary. */
import { readFileSync } from 'node:fs'

/** @type {{ packages: Record<string, { optionalDependencies?: Record<string, string> }> }} */
const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
const present = new Set(Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, '')))
const missing = Object.values(lock.packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies).filter((name) => !present.has(name)))
if (missing.length > 0) {
  console.error(`package-lock.json lacks ${[...new Set(missing)].join(', ')}`)
  process.exit(1)
}
console.log('lock file is whole')
