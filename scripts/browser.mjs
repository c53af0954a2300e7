// @ts-check
/**
 * Finds a Chromium for the end-to-end tests, or obtains one: `E2E_CHROMIUM`, the remembered one, Playwright's own, the system's, Playwright's download, apt
 * as root, and at last a build that comes as an npm package. Each candidate is started for real; the first that shows a page wins.
 * Run directly: `node scripts/browser.mjs`.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const CACHE = join(ROOT, 'node_modules', '.cache', 'e2e-browser.json')
/** The last line that runs on Node 20; Linux x64 only. */
const NPM_BUILD = '@sparticuz/chromium@147.0.0'
const isRoot = process.getuid?.() === 0

/** Nothing but loopback is contacted. Never pass --disable-features: a second one replaces Playwright's own list. */
const ARGS = [
  '--gaia-url=http://127.0.0.1:9',
  '--component-updater=url-source=http://127.0.0.1:9/',
  '--no-pings',
  '--disable-domain-reliability',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
  '--font-render-hinting=none',
]

/** @typedef {{ executablePath?: string, env?: Record<string, string>, sandbox?: boolean }} Browser */

/** @param {Browser} browser */
export const launchOptions = (browser) => ({
  ...(browser.executablePath ? { executablePath: browser.executablePath } : {}),
  ...(browser.env ? { env: { .../** @type {Record<string, string>} */ (process.env), ...browser.env } } : {}),
  chromiumSandbox: browser.sandbox ?? false,
  args: ARGS,
})

const SYSTEM = [
  '/usr/bin/chromium-headless-shell',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/google-chrome',
  '/opt/google/chrome/chrome',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ...['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].flatMap((name) => {
    const folder = process.env[name]
    return folder ? [join(folder, 'Google/Chrome/Application/chrome.exe'), join(folder, 'Microsoft/Edge/Application/msedge.exe')] : []
  }),
]

/** @returns {Browser | undefined} */
function remembered() {
  try {
    /** @type {Browser} */
    const browser = JSON.parse(readFileSync(CACHE, 'utf8'))
    return !browser.executablePath || existsSync(browser.executablePath) ? browser : undefined
  } catch {
    return undefined
  }
}

/** What playwright.config.ts uses: no browser is started. @returns {Browser} */
export function cached() {
  if (process.env['E2E_CHROMIUM']) return { executablePath: process.env['E2E_CHROMIUM'] }
  const executablePath = SYSTEM.find((path) => existsSync(path))
  return remembered() ?? (executablePath ? { executablePath } : {})
}

/** Keeps the system's sandbox where it works (never as root). @param {Browser} browser @returns {Promise<boolean>} */
async function works(browser) {
  if (browser.executablePath && !existsSync(browser.executablePath)) return false
  if (!isRoot && browser.sandbox === undefined) {
    browser.sandbox = true
    if (await works(browser)) return true
    browser.sandbox = false
  }
  const { chromium } = await import('@playwright/test')
  try {
    const running = await chromium.launch({ ...launchOptions(browser), timeout: 20_000 })
    try {
      const page = await running.newPage()
      await page.goto('data:text/html,<h1>ok</h1>')
      return (await page.locator('h1').innerText()) === 'ok'
    } finally {
      await running.close()
    }
  } catch (error) {
    console.error(`  ${browser.executablePath ?? 'Playwright’s own'}: ${String(error).split('\n')[0]}`)
    return false
  }
}

/** @param {string} command @param {string[]} args @param {number} timeout */
function run(command, args, timeout) {
  console.error(`> ${command} ${args.join(' ')}`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'], timeout, env }).status === 0
}

/** Neither apt nor root: a build that unpacks its own libraries. @returns {Promise<Browser | undefined>} */
async function fromNpm() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const folder = join(ROOT, 'node_modules', '.cache', 'chromium')
  const temporary = join(folder, 'tmp')
  mkdirSync(temporary, { recursive: true })
  if (!existsSync(join(folder, 'node_modules', '@sparticuz'))) {
    writeFileSync(join(folder, 'package.json'), '{"private":true}')
    if (!run('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', folder, NPM_BUILD], 180_000)) return undefined
  }
  const before = process.env['TMPDIR']
  process.env['TMPDIR'] = temporary // it unpacks there and trusts whatever it finds
  process.env['AWS_LAMBDA_JS_RUNTIME'] = 'nodejs20.x' // makes it bring its own libraries
  const module = await import(pathToFileURL(createRequire(join(folder, 'x.js')).resolve('@sparticuz/chromium')).href)
  const executablePath = await (module.default.default ?? module.default).executablePath()
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  writeFileSync(
    join(temporary, 'fonts', 'fonts.conf'),
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${temporary}/fonts</dir><dir>/usr/share/fonts</dir><cachedir>${temporary}/fonts-cache</cachedir></fontconfig>`,
  )
  return { executablePath, env: { LD_LIBRARY_PATH: join(temporary, 'al2023', 'lib'), FONTCONFIG_PATH: join(temporary, 'fonts') } }
}

/** @returns {Promise<Browser>} */
export async function ensure() {
  const { chromium } = await import('@playwright/test')
  const wanted = process.env['E2E_CHROMIUM']
  if (wanted) {
    if (await works({ executablePath: wanted })) return { executablePath: wanted }
    throw new Error(`E2E_CHROMIUM=${wanted} does not start`)
  }
  const known = remembered()
  if (known && (await works(known))) return known
  /** @param {Browser} browser */
  const tried = async (browser) => ((await works(browser)) ? browser : undefined)
  let browser = existsSync(chromium.executablePath()) ? await tried({}) : undefined
  for (const executablePath of SYSTEM) browser ??= existsSync(executablePath) ? await tried({ executablePath }) : undefined
  if (browser) return browser
  if (isRoot && existsSync('/usr/bin/apt-get')) {
    run('apt-get', ['update', '-qq'], 180_000)
    for (const name of ['chromium-headless-shell', 'chromium']) {
      if (run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], 600_000)) browser ??= await tried({ executablePath: `/usr/bin/${name}` })
      if (browser) return browser
    }
  }
  const playwright = join(ROOT, 'node_modules/@playwright/test/cli.js')
  if (run(process.execPath, [playwright, 'install', '--only-shell', 'chromium'], 300_000)) browser = await tried({})
  if (browser) return browser
  const last = await fromNpm()
  if (last && (await works(last))) return last
  throw new Error('No browser for the end-to-end tests. Install Chromium or Chrome, or set E2E_CHROMIUM=/path/to/chromium.')
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const browser = await ensure()
  mkdirSync(dirname(CACHE), { recursive: true })
  writeFileSync(CACHE, JSON.stringify(browser))
  console.log(`browser for the end-to-end tests: ${browser.executablePath ?? 'Playwright’s own Chromium'}`)
  process.exit(0)
}
