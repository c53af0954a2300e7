import { test } from 'vitest'
import fs from 'node:fs'
import { compareWithRecording } from './comparison.ts'
test('probe', () => {
  const base = '/work/shared/vectors/controllers'
  const out: string[] = []
  let ok = 0, n = 0
  for (const theme of fs.readdirSync(base)) {
    if (theme.endsWith('.json') || theme.endsWith('.md')) continue
    for (const f of fs.readdirSync(`${base}/${theme}`)) {
      const c = JSON.parse(fs.readFileSync(`${base}/${theme}/${f}`, 'utf8'))
      const d = compareWithRecording(c, c.log)
      n++
      if (d.length === 0) ok++
      else out.push(`${theme}/${f}\n${d.map((x) => '   ' + x.slice(0, 600)).join('\n')}`)
    }
  }
  fs.writeFileSync('/tmp/h/probe.txt', `${ok}/${n}\n` + out.join('\n') + '\n')
})
