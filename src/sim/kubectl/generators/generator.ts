import { decodeObject } from '../../kubernetes/api/schema.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { withSavedConfig } from '../apply/last-applied.ts'
import { type Command, done, type Environment, type Invocation } from '../command.ts'
import { check, errorOf, type Failure, messageOf, usageError } from '../failure.ts'
import type { Fields } from '../fields.ts'
import type { FlagSpec } from '../flags.ts'
import {
  answered,
  DRY_RUN_FLAG,
  dryRunOf,
  fieldManagerFlag,
  fieldValidationOf,
  isNamespaceGiven,
  ObjectPrinter,
  PRINT_FLAGS,
  requireFlags,
  SAVE_CONFIG_FLAG,
  VALIDATE_FLAG,
  writeOptions,
} from '../write-options.ts'

/** Absent fields are left out; a Go object has no undefined. */
export function compact(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** An object as Go's typed client writes it: empty structs that are no pointers are there. */
export function typedObject(env: Environment, object: Fields): AnyObject {
  const struct = env.schema.kind(String(object['apiVersion']), String(object['kind']))
  return (struct ? decodeObject(struct, object).value : object) as unknown as AnyObject
}

/** The one positional argument; words after `--` are not counted. Models create.NameFromCommandArgs. */
export function nameArgument({ args, dashAt, command }: Invocation): string {
  const count = dashAt >= 0 ? dashAt : args.length
  if (count !== 1) usageError(command.path.join(' '), `exactly one NAME is required, got ${count}`)
  return args[0]!
}

/** An integer or a text: `80`, `http`. Models intstr.Parse. */
export const intOrString = (text: string): number | string => (/^[+-]?\d+$/.test(text) ? Number(text) : text)

export interface Generator {
  /** `['create', 'deployment']`. */
  readonly path: readonly string[]
  readonly aliases?: readonly string[]
  readonly summary: string
  readonly usage: string
  readonly resource: string
  readonly flags: readonly FlagSpec[]
  readonly required?: readonly string[]
  /** Before the server's words: `failed to create deployment: `. Absent: its refusal is shown as it is. */
  readonly failurePrefix?: string
  /** The object without a namespace. Ends the command on wrong input. */
  generate(invocation: Invocation, name: string): Fields
}

/** A `kubectl create …` that makes an object from flags. Models kubectl pkg/cmd/create (v1.35). */
export function generatorCommand(generator: Generator): Command {
  return {
    path: generator.path,
    ...(generator.aliases ? { aliases: generator.aliases } : {}),
    summary: generator.summary,
    usage: generator.usage,
    flags: [
      ...PRINT_FLAGS,
      SAVE_CONFIG_FLAG,
      VALIDATE_FLAG,
      DRY_RUN_FLAG,
      fieldManagerFlag('kubectl-create'),
      ...generator.flags,
    ],
    run(invocation) {
      requireFlags(invocation, ...(generator.required ?? []))
      const { env, flags, namespace } = invocation
      const name = nameArgument(invocation)
      const dryRun = dryRunOf(invocation)
      const printer = new ObjectPrinter(invocation, dryRun)
      const fieldValidation = fieldValidationOf(invocation)
      const generated = generator.generate(invocation, name)
      const resource = env.registry.byKey(generator.resource)
      const isPlaced = resource?.namespaced === true && isNamespaceGiven(invocation)
      const placed = isPlaced ? { ...generated, metadata: { ...(generated['metadata'] as Fields), namespace } } : generated
      let object = withSavedConfig(typedObject(env, placed), flags.bool('save-config'))
      if (dryRun !== 'client') {
        const made = answered(
          invocation,
          env.api.create(generator.resource, resource?.namespaced ? namespace : '', object, {
            ...writeOptions(invocation, dryRun),
            fieldValidation,
          }),
        )
        if ('failure' in made) check(prefixed(generator.failurePrefix, made.failure))
        else object = made.object
      }
      check(printer.print(object, 'created'))
      return done()
    },
  }
}

const prefixed = (prefix: string | undefined, failure: Failure): Failure =>
  prefix === undefined || (failure.type === 'status' && failure.status.code === 0)
    ? failure
    : errorOf(prefix + messageOf(failure))

/** `kubectl create service` alone: says which commands there are. */
export function generatorGroup(
  path: readonly string[],
  aliases: readonly string[],
  summary: string,
  members: readonly Command[],
): Command {
  const name = path.join(' ')
  return {
    path,
    aliases,
    summary,
    usage: 'COMMAND',
    flags: [],
    run({ args, out }) {
      if (args.length > 0) usageError(name, `unknown command ${JSON.stringify(args.join(' '))}`)
      const width = Math.max(...members.map((member) => member.path.at(-1)!.length)) + 3
      out.error(
        `${summary}.\n\nUsage:\n  kubectl ${name} COMMAND\n\nCommands:\n${members.map((member) => `  ${member.path.at(-1)!.padEnd(width)}${member.summary}\n`).join('')}`,
      )
      return done(1)
    },
  }
}
