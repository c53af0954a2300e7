import type { AnyObject } from '../../kubernetes/api/types.ts'
import { again, type Command, done, type Invocation, type Outcome } from '../command.ts'
import { aggregate, check, endWith, fail, type Failure, isNotFound, lineOf } from '../failure.ts'
import { at, type Fields, fields, isFields, isSet, items, list, number, text } from '../fields.ts'
import { objectName, parseOutput, printObject } from '../output.ts'
import { goQuote, goValue } from '../printers/go-format.ts'
import { evaluateJsonPath, type JsonPath, parseJsonPath, relaxedJsonPath } from '../printers/json-path.ts'
import { read, readFiles, type ReadSelection } from '../selection.ts'
import { allNamespacesFlag, fieldSelectorFlag, filenameFlags, printFlags, selectorFlag } from './common-flags.ts'
import { readOptionsOf } from './get.ts'

const POLL_MS = 100
/** A negative timeout. */
const WEEK_MS = 7 * 86_400_000

type Condition =
  | { readonly type: 'delete' | 'create' }
  | { readonly type: 'condition'; readonly name: string; readonly status: string }
  | { readonly type: 'jsonpath'; readonly path: JsonPath; readonly value: string }

/** Splits at single `=`; `==` stays. */
const splitAtEquals = (input: string): readonly string[] =>
  input
    .replaceAll('==', '\u0000')
    .split('=')
    .map((part) => part.replaceAll('\u0000', '=='))

function conditionOf(text: string): Condition {
  const lower = text.toLowerCase()
  if (lower === 'delete' || lower === 'create') return { type: lower }
  if (text.startsWith('condition=')) {
    const [name = '', ...rest] = text.slice('condition='.length).split('=')
    return { type: 'condition', name, status: rest.length > 0 ? rest.join('=') : 'true' }
  }
  if (text.startsWith('jsonpath=')) {
    const parts = splitAtEquals(text.slice('jsonpath='.length))
    if (parts.length > 2)
      fail("jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'")
    const relaxed = relaxedJsonPath(parts[0] ?? '')
    if (!relaxed.ok) return fail(relaxed.message)
    const value = (parts[1] ?? '').replaceAll(/^['"]+|['"]+$/g, '')
    if (parts.length === 2 && value === '')
      fail("jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3")
    if (relaxed.value === '') fail('jsonpath expression cannot be empty')
    const path = parseJsonPath(relaxed.value)
    return path.ok ? { type: 'jsonpath', path: path.value, value } : fail(path.message)
  }
  return fail(`unrecognized condition: ${goQuote(text)}`)
}

/** Met, not met, or an error. */
function isMet(condition: Condition, object: Fields): boolean | string {
  if (condition.type === 'condition') {
    const found = items(at(object, 'status.conditions')).find(
      ({ type }) => text(type).toLowerCase() === condition.name.toLowerCase(),
    )
    if (!found) return false
    const generation = at(object, 'metadata.generation')
    const observed = isSet(found['observedGeneration']) ? found['observedGeneration'] : at(object, 'status.observedGeneration')
    if (isSet(generation) && isSet(observed) && number(observed) < number(generation)) return false
    return text(found['status']).toLowerCase() === condition.status.toLowerCase()
  }
  if (condition.type !== 'jsonpath') return false
  const found = evaluateJsonPath(condition.path, object, { allowMissingKeys: true })
  if (!found.ok) return found.message
  const [first] = found.value
  if (!first || first.length === 0) return false
  if (found.value.length > 1) return 'given jsonpath expression matches more than one list'
  if (first.length > 1) return 'given jsonpath expression matches more than one value'
  if (condition.value === '') return true
  if (isFields(first[0]) || Array.isArray(first[0])) return 'jsonpath leads to a nested object or list which is not supported'
  return goValue(first[0]).trim() === condition.value.trim()
}

interface Target {
  readonly key: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** `pod/x`. */
  readonly shown: string
}
interface State {
  readonly sinceMs: number
  readonly targets: readonly Target[]
  readonly index: number
  readonly errors: readonly string[]
}

const keep = ({ sinceMs, targets, index, errors }: State) =>
  again(POLL_MS, { sinceMs, targets: targets.map((target) => ({ ...target })), index, errors: [...errors] })

function timeoutOf({ flags }: Invocation): number {
  const timeout = flags.duration('timeout')
  return timeout < 0 ? WEEK_MS : timeout
}

function printMet(invocation: Invocation, target: Target, object: AnyObject | undefined): void {
  const { flags, out, env } = invocation
  const parsed = parseOutput({ output: flags.string('output'), template: flags.string('template'), forGet: false }, env)
  if (!parsed.ok) return
  if (parsed.value.type === 'table') out.print(`${target.shown} condition met\n`)
  else if (parsed.value.type === 'name') out.print(`${target.shown}\n`)
  else if (object) {
    const printed = printObject(parsed.value, object)
    if (printed.ok) out.print(printed.value)
  }
}

function goOn(invocation: Invocation, condition: Condition, state: State): Outcome {
  const { env } = invocation
  const timeout = timeoutOf(invocation)
  const errors = [...state.errors]
  for (let index = state.index; index < state.targets.length; index++) {
    const target = state.targets[index]!
    const found = env.api.get(target.key, target.namespace, target.name)
    const plural = env.registry.byKey(target.key)?.plural ?? target.key
    if (!found.ok) {
      if (found.status.reason !== 'NotFound') return keep({ ...state, index, errors })
      if (condition.type === 'delete') printMet(invocation, target, undefined)
      else errors.push(`Error from server (NotFound): ${found.status.message}`)
      continue
    }
    const met =
      condition.type === 'create'
        ? true
        : condition.type === 'delete'
          ? text(found.value.metadata.uid) !== target.uid
          : isMet(condition, found.value)
    if (typeof met === 'string') errors.push(met)
    else if (met) printMet(invocation, target, found.value)
    else if (timeout === 0) errors.push(`condition not met for ${plural}/${target.name}`)
    else if (env.unixMs - state.sinceMs >= timeout) errors.push(`timed out waiting for the condition on ${plural}/${target.name}`)
    else return keep({ ...state, index, errors })
  }
  endWith(errors)
  return done()
}

function selectTargets(invocation: Invocation): ReadSelection {
  const { args, flags } = invocation
  if (flags.list('filename').length > 0) return readFiles(invocation)
  return read(invocation, args, { ...readOptionsOf(invocation), selectAll: flags.bool('all'), continueOnError: true })
}

/** With `--for=create`, what is not there yet is waited for first. */
function begin(invocation: Invocation, condition: Condition, sinceMs: number): Outcome {
  const selection = selectTargets(invocation)
  const missing = (failure: Failure): boolean => isNotFound(failure)
  const ignored = condition.type === 'delete' || condition.type === 'create'
  const failures = ignored ? selection.failures.filter((failure) => !missing(failure)) : selection.failures
  if (
    condition.type === 'create' &&
    (selection.infos.length === 0 || selection.failures.some(missing)) &&
    failures.length === 0
  ) {
    const timeout = timeoutOf(invocation)
    if (invocation.env.unixMs - sinceMs >= timeout) fail('timed out waiting for the condition')
    return again(POLL_MS, { sinceMs })
  }
  if (selection.infos.length === 0) {
    check(aggregate(failures))
    if (condition.type !== 'delete') fail('no matching resources found')
    return done()
  }
  const targets = selection.infos.map(({ resource, namespace, name, object }) => ({
    key: resource.key,
    namespace,
    name,
    uid: text(object.metadata.uid),
    shown: objectName(object),
  }))
  const errors = failures.map(lineOf)
  return goOn(invocation, condition, { sinceMs, targets, index: 0, errors })
}

export const wait: Command = {
  path: ['wait'],
  summary: 'Wait until objects meet a condition',
  usage: '(TYPE/NAME | TYPE (-l label | --all)) --for=(create|delete|condition=NAME[=VALUE]|jsonpath=EXPRESSION[=VALUE])',
  completes: 'resources',
  flags: [
    { name: 'for', type: 'string', meaning: 'wait', summary: 'What to wait for' },
    { name: 'timeout', type: 'duration', default: '30s', summary: 'Time before giving up; 0 checks once, negative waits a week' },
    { name: 'all', type: 'bool', summary: 'All objects of the types' },
    { name: 'local', type: 'bool', summary: 'Ask the server nothing' },
    selectorFlag,
    fieldSelectorFlag,
    allNamespacesFlag,
    ...printFlags,
    ...filenameFlags,
  ],
  run(invocation) {
    const { flags, env } = invocation
    const parsed = parseOutput({ output: flags.string('output'), template: flags.string('template'), forGet: false }, env)
    if (!parsed.ok) fail(parsed.message)
    return begin(invocation, conditionOf(flags.string('for')), env.unixMs)
  },
  resume(invocation, state) {
    const kept = fields(state)
    const condition = conditionOf(invocation.flags.string('for'))
    if (!isSet(kept['targets'])) return begin(invocation, condition, number(kept['sinceMs']))
    return goOn(invocation, condition, {
      sinceMs: number(kept['sinceMs']),
      index: number(kept['index']),
      errors: list(kept['errors']).map(text),
      targets: items(kept['targets']).map((one) => ({
        key: text(one['key']),
        namespace: text(one['namespace']),
        name: text(one['name']),
        uid: text(one['uid']),
        shown: text(one['shown']),
      })),
    })
  },
}
