import { expect, test } from 'vitest'
import type { Grade } from '../../engine/grade.ts'
import { gradesAsCsv } from './grades-as-csv.ts'

const grade = (verdict: 'met' | 'broken'): Grade => ({
  title: { ko: '노드', en: 'Node' },
  goals: [{ id: 'healed', verdict, at: 1000, by: undefined, show: { ko: '나음', en: 'healed' } }],
  isPassed: verdict === 'met',
  deeds: [{ at: 0, what: 'kubectl get pods' }],
  at: 90_500,
  seed: 1,
  digest: '0123456789abcdef',
  digestMatches: true,
})

test('grades become a table that a spreadsheet opens, whatever a student is called', () => {
  const csv = gradesAsCsv([
    { name: '김하나', result: grade('met') },
    { name: '=HYPERLINK("x")', result: grade('broken') },
    { name: 'c', result: 'the link is damaged' },
  ])
  expect(csv.split('\r\n')).toEqual([
    '\uFEFF"name","passed","healed","simulated seconds","deeds","digest matches","problem"',
    '"김하나","true","met","90.5","1","true",""',
    `"'=HYPERLINK(""x"")","false","broken","90.5","1","true",""`,
    '"c","false","","","","","the link is damaged"',
    '',
  ])
})
