import { applyMergePatch } from '../../kubernetes/api/json-merge-patch.ts'
import { applyJsonPatch } from '../../kubernetes/api/json-patch.ts'
import { applyStrategicMergePatch } from '../../kubernetes/api/strategic-merge.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import type { Invocation } from '../command.ts'
import { fail } from '../failure.ts'
import { isFields } from '../fields.ts'
import type { FlagSpec } from '../flags.ts'
import { parseGoJson } from '../manifests/go-json.ts'
import { parseGoYaml } from '../manifests/go-yaml.ts'

export const OVERRIDE_FLAGS: readonly FlagSpec[] = [
  { name: 'overrides', type: 'string', summary: 'JSON that changes the generated object' },
  {
    name: 'override-type',
    type: 'string',
    default: 'merge',
    values: ['json', 'merge', 'strategic'],
    summary: 'Kind of patch that it is',
  },
]

/** `--overrides`. Models cmdutil.Overrider. */
export function overridden({ env, flags }: Invocation, object: AnyObject): AnyObject {
  const text = flags.string('overrides')
  if (text === '') return object
  const json = parseGoJson(text)
  const yaml = json.ok ? undefined : parseGoYaml(text)
  const value: unknown = json.ok ? json.value : yaml?.ok ? yaml.value : fail(json.message)
  switch (flags.string('override-type')) {
    case 'json': {
      const done = Array.isArray(value)
        ? applyJsonPatch(object, value)
        : fail('json: cannot unmarshal object into Go value of type jsonpatch.Patch')
      return done.ok ? (done.value as AnyObject) : fail(done.message)
    }
    case 'strategic': {
      const done = isFields(value)
        ? applyStrategicMergePatch(object, value, env.schema.kind(object.apiVersion, object.kind))
        : fail('Invalid JSON document')
      return done.ok ? (done.value as unknown as AnyObject) : fail(done.message)
    }
    case 'merge':
    case '':
      return isFields(value) ? (applyMergePatch(object, value) as AnyObject) : fail('Invalid JSON Patch')
    default:
      return fail(`invalid override type: ${flags.string('override-type')}`)
  }
}
