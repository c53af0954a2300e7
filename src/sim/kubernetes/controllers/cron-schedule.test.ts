import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { civilTime, formatTime, parseTime } from '../../kernel/time.ts'
import { nextTime, parseSchedule } from './cron-schedule.ts'

describe('the next time of a schedule', () => {
  test.each([
    { name: 'every minute', schedule: '* * * * *', after: '2026-01-05T09:00:50Z', next: '2026-01-05T09:01:00Z' },
    { name: 'the time itself is past', schedule: '0 9 * * *', after: '2026-01-05T09:00:00Z', next: '2026-01-06T09:00:00Z' },
    { name: 'steps', schedule: '*/15 8-10 * * *', after: '2026-01-05T10:45:00Z', next: '2026-01-06T08:00:00Z' },
    { name: 'a list and a name', schedule: '30 6,18 * jan mon', after: '2026-01-05T18:30:00Z', next: '2026-01-12T06:30:00Z' },
    { name: 'either of two day fields', schedule: '0 0 13 * fri', after: '2026-01-05T00:00:00Z', next: '2026-01-09T00:00:00Z' },
    { name: 'the 29th of February', schedule: '0 0 29 2 *', after: '2026-01-01T00:00:00Z', next: '2028-02-29T00:00:00Z' },
    { name: 'a descriptor', schedule: '@monthly', after: '2026-12-15T00:00:00Z', next: '2027-01-01T00:00:00Z' },
    { name: 'an interval', schedule: '@every 1m30s', after: '2026-01-05T09:00:00Z', next: '2026-01-05T09:01:30Z' },
    { name: 'never', schedule: '0 0 31 2 *', after: '2026-01-05T09:00:00Z', next: undefined },
  ])('$name: $schedule', ({ schedule, after, next }) => {
    const at = nextTime(parseSchedule(schedule)!, parseTime(after)!)
    expect(at === undefined ? undefined : formatTime(at)).toBe(next)
  })

  test.each(['', '* * * *', '60 * * * *', '* 24 * * *', '* * 0 * *', '* * * 13 *', '*/0 * * * *', '5-1 * * * *', '@never'])(
    '%j is no schedule',
    (text) => {
      expect(parseSchedule(text)).toBeUndefined()
    },
  )

  test('is later, and meets every field', () => {
    const minute = fc.nat(59)
    const hour = fc.nat(23)
    fc.assert(
      fc.property(minute, hour, fc.integer({ min: 1_700_000_000, max: 1_900_000_000 }), (atMinute, atHour, afterSeconds) => {
        const next = nextTime(parseSchedule(`${atMinute} ${atHour} * * *`)!, afterSeconds * 1000)!
        expect(next).toBeGreaterThan(afterSeconds * 1000)
        expect(next - afterSeconds * 1000).toBeLessThanOrEqual(86_400_000)
        expect(civilTime(next)).toMatchObject({ minute: atMinute, hour: atHour, second: 0 })
      }),
    )
  })
})
