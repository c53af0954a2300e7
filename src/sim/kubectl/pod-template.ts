import type { AnyObject } from '../kubernetes/api/types.ts'
import { errorOf, type Failure } from './failure.ts'
import { type Fields, fields } from './fields.ts'

const PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  Deployment: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
}

const goType = ({ apiVersion, kind }: AnyObject): string => `*${apiVersion.split('/').at(-1)}.${kind}`

/** A deep edit of one field; everything else is shared. */
export function edited(object: Fields, path: readonly string[], edit: (value: unknown) => unknown): Fields {
  const [step, ...rest] = path
  if (step === undefined) return object
  return { ...object, [step]: rest.length === 0 ? edit(object[step]) : edited(fields(object[step]), rest, edit) }
}

/** The object with its Pod spec changed. Models polymorphichelpers.UpdatePodSpecForObject. */
export function withPodSpec(object: AnyObject, edit: (spec: Fields) => Fields): AnyObject | Failure {
  const path = PATHS[object.kind]
  if (!path) return errorOf(`the object is not a pod or does not have a pod template: ${goType(object)}`)
  return edited(object, path, (spec) => edit(fields(spec))) as unknown as AnyObject
}

/** `*` or a name with `*` in it. Models set.selectString. */
export function matchesContainer(name: string, spec: string): boolean {
  if (spec === '*') return true
  if (!spec.includes('*')) return name === spec
  const pattern = spec.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${pattern.join('.*')}$`).test(name)
}
