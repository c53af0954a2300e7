import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { PodTemplateSpec } from '../api/types.ts'
import { revisionHash } from './controller-revisions.ts'
import { podTemplateHash } from './pod-template-hash.ts'

interface Recorded {
  readonly name: string
  readonly kind: 'StatefulSet' | 'DaemonSet'
  readonly controllerRevision: string
  readonly data: { readonly spec: { readonly template: PodTemplateSpec } }
}

const recorded = JSON.parse(
  readFileSync(new URL('golden/controller-revisions.json', import.meta.url), 'utf8'),
) as readonly Recorded[]

describe('the name of a ControllerRevision is the one that a real control plane gave', () => {
  test.each(recorded.map((row) => [`${row.kind} ${row.name}`, row] as const))('%s', (_, { kind, controllerRevision, data }) => {
    const { metadata, spec } = data.spec.template
    const hash = kind === 'StatefulSet' ? revisionHash(data, 0) : podTemplateHash({ ...(metadata ? { metadata } : {}), spec })
    expect(controllerRevision.endsWith(`-${hash}`), `${controllerRevision} against ${hash}`).toBe(true)
  })
})
