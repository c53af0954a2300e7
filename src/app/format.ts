/** Numbers as the page writes them. */
import type { Millis } from '../sim/kernel/time.ts'

const two = (value: number): string => String(value).padStart(2, '0')

/** Simulated time with tenths: `02:00.4`, `1:02:03.4`. */
export function formatClock(ms: Millis): string {
  const tenths = Math.floor(ms / 100)
  const seconds = Math.floor(tenths / 10)
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${tenths % 10}`
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${rest}` : rest
}

/** A duration as kubectl shortens it: `12s`, `4m`, `2h`. */
export function formatSpan(ms: Millis): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`
  return `${Math.floor(seconds / 3600)}h`
}

const upTo = (value: number, digits: number): string => String(Number(value.toFixed(digits)))

/** CPU cores: `4`, `2.7`, `0.25`. */
export const formatCpu = (milli: number): string => upTo(milli / 1000, milli < 1000 ? 2 : 1)

/** Memory in gibibytes, no unit: `8`, `4.3`, `0.06`. */
export const formatGib = (bytes: number): string => upTo(bytes / 2 ** 30, bytes < 2 ** 30 ? 2 : 1)

/** A rate: `0.4`, `7.5`, `120`, `1.2k`. */
export function formatRate(perSecond: number): string {
  if (perSecond >= 10_000) return `${Math.round(perSecond / 1000)}k`
  if (perSecond >= 1000) return `${upTo(perSecond / 1000, 1)}k`
  return upTo(perSecond, perSecond < 10 ? 1 : 0)
}

/** A share as percent; small ones keep a digit: `0.8`, `12`. */
export const formatPercent = (ratio: number): string => upTo(ratio * 100, ratio > 0 && ratio < 0.1 ? 1 : 0)

/** `a3f9 1c07`: the first eight figures, in fours. */
export const formatDigest = (digest: string): string => `${digest.slice(0, 4)} ${digest.slice(4, 8)}`.trim()

export const formatSpeed = (speed: number): string => `${speed}×`
