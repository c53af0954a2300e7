import { test, vi } from 'vitest'
import fs from 'node:fs'
import { loadApiSchema } from '../api/load-schema.ts'
import { playCase } from './controller-recording.ts'
import { compareWithRecording } from './comparison.ts'
vi.mock('../../kubectl/commands.ts', async (orig) => {
  const m: any = await orig()
  const { extra } = await import('./zz-commands.ts')
  const have = new Set(m.COMMANDS.map((c: any) => c.path.join(' ')))
  return { ...m, COMMANDS: [...m.COMMANDS, ...extra.filter((c: any) => !have.has(c.path.join(' ')))] }
})
test('probe', { timeout: 300000 }, async () => {
  const base = '/work/shared/vectors/controllers'
  const schema = await loadApiSchema()
  const real = fs.existsSync(new URL('../scheduler/scheduler.ts', import.meta.url)) && !process.env.STANDIN
  const S: any = real
    ? (await import('../scheduler/scheduler.ts' as string)).Scheduler
    : (await import('./zz-standin.ts')).StandIn
  const out: string[] = []
  const sum: string[] = []
  for (const theme of (process.env.THEMES ?? 'deployment,replicaset').split(',')) {
    let ok = 0,
      n = 0
    for (const f of fs.readdirSync(`${base}/${theme}`)) {
      if (process.env.ONLY && !f.includes(process.env.ONLY)) continue
      const c = JSON.parse(fs.readFileSync(`${base}/${theme}/${f}`, 'utf8'))
      n++
      let d: readonly string[]
      try {
        const p = playCase(c, { schema, scheduler: (ctx) => new S(ctx) })
        if (process.env.ONLY) fs.writeFileSync('/tmp/h/mylog.txt', p.log.map((e) => JSON.stringify(e)).join('\n') + '\n')
        d = [...p.differences, ...compareWithRecording(c, p.log)]
      } catch (e) {
        d = ['CRASH ' + (e as Error).stack]
      }
      if (d.length === 0) ok++
      else out.push(`${theme}/${f} (${d.length})\n${d.map((x) => '   ' + x.slice(0, 500)).join('\n')}`)
    }
    sum.push(`${theme} ${ok}/${n}`)
  }
  fs.writeFileSync(
    process.env.OUT ?? '/tmp/h/myprobe.txt',
    (real ? 'real scheduler ' : 'stand-in ') + sum.join(' ') + '\n' + out.join('\n') + '\n',
  )
})
