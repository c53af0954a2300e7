// @ts-check
/**
 * `npm run bench [-- engine | scheduler … | page] [--format json]`: builds the bench as the browser's engine is built, and runs it. For the page it serves the
 * built page and names the browser that the end-to-end tests use.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import { cached, launchOptions } from './browser.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const args = process.argv.slice(2)
const cache = join(root, 'node_modules', '.cache')
mkdirSync(cache, { recursive: true })
const out = mkdtempSync(join(cache, 'bench-'))

/** @returns {Promise<{ url: string, stop: () => void }>} */
function servePage() {
  const server = spawn(process.execPath, [join(root, 'scripts/serve.mjs'), '--port', '0'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    server.stdout.on('data', (text) => {
      const url = /http:\S+/.exec(String(text))?.[0]
      if (url) resolve({ url, stop: () => void server.kill() })
    })
    server.on('exit', () => reject(new Error('the page could not be built and served')))
  })
}

/** @type {Awaited<ReturnType<typeof servePage>> | undefined} */
let page
try {
  await build({
    root,
    configFile: join(root, 'vite.cli.config.ts'),
    logLevel: 'error',
    build: { ssr: 'bench/main.ts', outDir: out },
    ssr: { external: ['@playwright/test'] },
  })
  if (!args.some((word) => word === 'engine' || word === 'scheduler')) page = await servePage()
  const host = page ? { BENCH_PAGE: JSON.stringify({ url: page.url, browser: launchOptions(cached()) }) } : {}
  const run = spawnSync(process.execPath, ['--expose-gc', join(out, 'clusterlab.mjs'), ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...host },
  })
  process.exitCode = run.status ?? 1
} finally {
  page?.stop()
  rmSync(out, { recursive: true, force: true })
}
