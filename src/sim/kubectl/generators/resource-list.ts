import { canonicalQuantity, QUANTITY_ERROR } from '../../kubernetes/api/quantity.ts'
import { fail } from '../failure.ts'

/** `cpu=1,memory=1Gi`; undefined for an empty text. Models generateversioned.populateResourceListV1. */
export function resourceListOf(spec: string): Readonly<Record<string, string>> | undefined {
  if (spec === '') return undefined
  const out: Record<string, string> = {}
  for (const statement of spec.split(',')) {
    const parts = statement.split('=')
    if (parts.length !== 2) fail(`Invalid argument syntax ${statement}, expected <resource>=<value>`)
    out[parts[0]!] = canonicalQuantity(parts[1]!) ?? fail(QUANTITY_ERROR)
  }
  return out
}
