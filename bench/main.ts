import { cpus } from 'node:os'
import { benchEngine } from './engine.ts'
import { table, type Figure } from './figure.ts'
import { benchPage } from './page.ts'
import { benchScheduler, schedulerResults } from './scheduler.ts'

const words = process.argv.slice(2)
const [what, args] = words[0] === undefined || words[0].startsWith('--') ? ['all', words] : [words[0], words.slice(1)]
const isJson = words.includes('json')
const progress = ({ name, value, unit }: Figure): void => {
  if (!isJson) process.stderr.write(`${name}: ${Math.round(value * 100) / 100} ${unit}\n`)
}

const machine = `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.versions.node}`

if (what === 'scheduler') benchScheduler(args)
else {
  const figures = [
    ...(what === 'page' ? [] : await benchEngine(progress)),
    ...(what === 'engine' ? [] : await benchPage(process.env['BENCH_PAGE'], progress)),
  ]
  if (isJson) {
    const scheduler = what === 'all' ? { scheduler: schedulerResults() } : {}
    process.stdout.write(`${JSON.stringify({ machine, figures, ...scheduler }, null, 2)}\n`)
  } else {
    process.stdout.write(`${machine}\n${table(figures)}`)
    if (what === 'all') benchScheduler(args)
  }
}
