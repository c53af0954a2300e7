import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfiguration } from '../../sim/kubernetes/scheduler/configuration.ts'
import { presets } from './presets.ts'

describe('presets', () => {
  test.each(Object.entries(presets))('%s is a configuration that a scheduler starts with', (_name, text) => {
    expect(readConfiguration(parse(text))).toMatchObject({ ok: true })
  })
})
