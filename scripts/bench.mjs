// @ts-check
/** `npm run bench [-- engine | scheduler …] [--format json]`: builds the bench as the browser's engine is built, and runs it. */
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const out = join(root, 'node_modules', '.cache', 'bench')
const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js')
const build = spawnSync(process.execPath, [vite, 'build', '-c', 'vite.cli.config.ts', '--ssr', 'bench/main.ts', '--outDir', out, '--logLevel', 'error'], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
})
if (build.status !== 0) process.exit(build.status ?? 1)
const run = spawnSync(process.execPath, ['--expose-gc', join(out, 'clusterlab.mjs'), ...process.argv.slice(2)], { stdio: 'inherit' })
process.exit(run.status ?? 1)
