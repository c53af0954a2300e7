import { expect, test } from 'vitest'
import { fileKind } from './file-kind.ts'

test.each([
  ['scenario', 'apiVersion: clusterlab.dev/v1\nkind: Scenario\n# kind: Recording\n'],
  ['scenario', 'apiVersion: v1\nkind: Service\n---\napiVersion: "clusterlab.dev/v1"\nkind: "Scenario"\n'],
  ['recording', 'apiVersion: clusterlab.dev/v1\nkind: Recording\nsource:\n  text: |\n    kind: Scenario\n'],
  ['manifest', 'apiVersion: v1\nkind: Pod\n'],
  ['manifest', 'kind: Recording\napiVersion: tape.example.com/v1\n'],
  ['manifest', ''],
])('a %s: %j', (kind, text) => expect(fileKind(text)).toBe(kind))
