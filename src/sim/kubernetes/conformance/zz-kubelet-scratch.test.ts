import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'vitest'
import { loadApiSchema } from '../api/load-schema.ts'
import type { KubeletRecording } from './kubelet-case.ts'
import { playKubeletRecording } from './kubelet-recording.ts'

test('scratch', { timeout: 600_000 }, async () => {
  const schema = await loadApiSchema()
  const root = process.env['KV']!
  const only = process.env['KO'] ?? ''
  const all = new Map<string, KubeletRecording>()
  for (const theme of readdirSync(root)) {
    if (theme.includes('.')) continue
    for (const file of readdirSync(`${root}/${theme}`))
      all.set(`${theme}/${file.slice(0, -5)}`, JSON.parse(readFileSync(`${root}/${theme}/${file}`, 'utf8')) as KubeletRecording)
  }
  const counts: Record<string, [number, number]> = {}
  let out = ''
  const passed: string[] = []
  for (const [name, recording] of all) {
    if (only && !name.startsWith(only)) continue
    const theme = name.split('/')[0]!
    const count = (counts[theme] ??= [0, 0])
    count[1] += 1
    let differences: string[]
    try {
      differences = playKubeletRecording(recording, {
        schema,
        find: (other) => all.get(other),
        seeds: (process.env['KS'] ?? '7').split(',').map(Number),
      })
    } catch (error) {
      differences = [String((error as Error).stack).slice(0, 900)]
    }
    if (differences.length === 0) passed.push(name)
    if (differences.length === 0) count[0] += 1
    else out += `=== ${name}: ${recording.about}\n${differences.map((line) => `   ${line.slice(0, 700)}`).join('\n')}\n`
  }
  writeFileSync('/tmp/kt/out.txt', out)
  writeFileSync('/tmp/kt/passed.json', JSON.stringify(passed))
  let ok = 0
  let whole = 0
  for (const [theme, [a, b]] of Object.entries(counts)) {
    console.log(`${theme} ${a}/${b}`)
    ok += a
    whole += b
  }
  console.log(`all ${ok}/${whole}`)
})
