import { benchEngine, type Figure, machine } from './engine.ts'
import { benchScheduler } from './scheduler.ts'

const [what = 'all', ...args] = process.argv.slice(2).filter((word, index, words) => index > 0 || !word.startsWith('--') || words.length === 0)
const isJson = process.argv.includes('json')
const say = (text: string): void => {
  if (!isJson) process.stderr.write(`${text}\n`)
}

function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, value, unit, target, isMost }) => {
    const isMet = isMost ? value <= target : value >= target
    return `${isMet ? '✓' : '✗'} ${name.padEnd(56)} ${String(Math.round(value * 10) / 10).padStart(10)} ${unit.padEnd(14)} ${isMost ? 'at most' : 'at least'} ${target}`
  })
  return `${machine()}\n${rows.join('\n')}\n`
}

if (what === 'scheduler') benchScheduler(args)
else {
  const figures = await benchEngine(say)
  process.stdout.write(isJson ? `${JSON.stringify({ machine: machine(), figures }, null, 2)}\n` : table(figures))
  if (what === 'all') benchScheduler(args)
}
