import { applyStrategicMergePatch } from '../../kubernetes/api/strategic-merge.ts'
import { equalJson } from '../../kubernetes/api/json-value.ts'
import type { Patch } from '../../kubernetes/api/client.ts'
import { groupKind } from '../../kubernetes/api/resources.ts'
import type { AnyObject } from '../../kubernetes/api/types.ts'
import { LAST_APPLIED } from '../apply/last-applied.ts'
import { type Command, done, type Invocation } from '../command.ts'
import { writePodTemplate } from '../describe/pod-template.ts'
import { DescribeWriter } from '../describe/writer.ts'
import { check, errorOf, fail, type Failure, isFailure } from '../failure.ts'
import { at, type Fields, fields, isFields, number, text } from '../fields.ts'
import { selectorText } from '../printers/format-labels.ts'
import { type Info, select } from '../resource-builder.ts'
import { isControlledBy, isSameTemplate, replicaSetsOf } from '../rollout/replica-sets.ts'
import {
  answered,
  builderOptionsOf,
  DRY_RUN_FLAG,
  type DryRun,
  dryRunOf,
  FILENAME_FLAGS,
  isNamespaceGiven,
  ObjectPrinter,
  PRINT_FLAGS,
  SELECTOR_FLAG,
} from '../write-options.ts'

const REVISION = 'deployment.kubernetes.io/revision'
/** Annotations of the Deployment itself: a rollback leaves them as they are. */
const KEPT_ANNOTATIONS = [
  LAST_APPLIED,
  REVISION,
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
]
const HASH_LABEL = 'pod-template-hash'

type Result = { readonly operation: string } | Failure

const revisionNotFound = (revision: number): Failure => errorOf(`unable to find specified revision ${revision} in history`)

function templateText(template: unknown): string {
  const writer = new DescribeWriter()
  writePodTemplate(writer, template)
  return writer.raw()
}

/** The ReplicaSet of a revision; of the second newest for 0. Models polymorphichelpers.deploymentRevision. */
function replicaSetOf(invocation: Invocation, deployment: AnyObject, revision: number): Fields | Failure {
  const { old, current } = replicaSetsOf(deployment, invocation.env.api)
  let latest: { revision: number; set: Fields | undefined } = { revision: -1, set: undefined }
  let previous = latest
  for (const set of current ? [...old, current] : old) {
    const annotation = text(fields(at(set, 'metadata.annotations'))[REVISION])
    if (annotation !== '' && !/^[+-]?\d+$/.test(annotation)) continue
    const found = { revision: Number(annotation), set }
    if (revision > 0) {
      if (found.revision === revision) return set
    } else if (latest.revision < found.revision) {
      previous = latest
      latest = found
    } else if (previous.revision < found.revision) previous = found
  }
  if (revision > 0) return revisionNotFound(revision)
  return previous.set ?? errorOf(`no rollout history found for deployment ${JSON.stringify(deployment.metadata.name)}`)
}

function undoDeployment(invocation: Invocation, info: Info, revision: number, dryRun: DryRun): Result {
  const deployment = info.object!
  const set = replicaSetOf(invocation, deployment, revision)
  if (isFailure(set)) return set
  const template = fields(at(set, 'spec.template'))
  if (dryRun === 'client') return { operation: templateText(template) }
  if (at(deployment, 'spec.paused') === true)
    return errorOf("you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again")
  if (isSameTemplate(template, at(deployment, 'spec.template')))
    return { operation: `skipped rollback (current template already matches revision ${revision})` }
  const metadata = fields(template['metadata'])
  const { [HASH_LABEL]: _, ...labels } = fields(metadata['labels'])
  const own = deployment.metadata.annotations ?? {}
  const annotations = {
    ...Object.fromEntries(Object.entries(own).filter(([key]) => KEPT_ANNOTATIONS.includes(key))),
    ...Object.fromEntries(
      Object.entries(fields(at(set, 'metadata.annotations'))).filter(([key]) => !KEPT_ANNOTATIONS.includes(key)),
    ),
  }
  const value = { ...template, metadata: { ...metadata, labels } }
  return sendPatch(invocation, info, revision, dryRun, {
    type: 'json',
    operations: [
      { op: 'replace', path: '/spec/template', value },
      { op: 'replace', path: '/metadata/annotations', value: annotations },
    ],
  })
}

function sendPatch(invocation: Invocation, info: Info, revision: number, dryRun: DryRun, patch: Patch): Result {
  const answer = answered(
    invocation,
    invocation.env.api.patch(info.resource.key, info.namespace, info.name, patch, {
      fieldManager: 'kubectl-rollout',
      ...(dryRun === 'server' ? { dryRun: true } : {}),
    }),
  )
  if ('object' in answer) return { operation: 'rolled back' }
  const message = answer.failure.type === 'status' ? answer.failure.status.message : ''
  return errorOf(`failed restoring revision ${revision}: ${message}`)
}

/** DaemonSets and StatefulSets keep their templates as patches in ControllerRevisions. */
function undoRevisioned(invocation: Invocation, info: Info, revision: number, dryRun: DryRun): Result {
  const { env } = invocation
  const object = info.object!
  const labelSelector = selectorText(at(object, 'spec.selector'))
  const listed = env.api.list('controllerrevisions.apps', {
    namespace: info.namespace,
    ...(labelSelector === '' ? {} : { labelSelector }),
  })
  if (!listed.ok) return { type: 'status', status: listed.status }
  const history = listed.value.items
    .filter((item) => isControlledBy(item, object))
    .toSorted((a, b) => number(a['revision']) - number(b['revision']))
  if (revision === 0 && history.length <= 1) return errorOf('no last revision to roll back to')
  const target = revision === 0 ? history.at(-2) : history.find((item) => number(item['revision']) === revision)
  if (!target) return revisionNotFound(revision)
  const body = isFields(target['data']) ? target['data'] : {}
  if (dryRun === 'client') {
    const applied = applyStrategicMergePatch(object, body, env.schema.kind(object.apiVersion, object.kind))
    return applied.ok
      ? { operation: `will roll back to ${templateText(at(applied.value, 'spec.template'))}` }
      : errorOf(applied.message)
  }
  const { $patch: _, ...template } = fields(at(body, 'spec.template'))
  if (equalJson(template, at(object, 'spec.template')))
    return { operation: `skipped rollback (current template already matches revision ${revision})` }
  return sendPatch(invocation, info, revision, dryRun, { type: 'strategic', body })
}

function undo(invocation: Invocation, info: Info, dryRun: DryRun): Result {
  const revision = invocation.flags.int('to-revision')
  const isDeployment = info.resource.key === 'deployments.apps'
  if (!isDeployment && info.resource.key !== 'daemonsets.apps' && info.resource.key !== 'statefulsets.apps')
    return errorOf(`no rollbacker has been implemented for ${JSON.stringify(groupKind(info.resource))}`)
  if (revision < 0) return revisionNotFound(revision)
  return (isDeployment ? undoDeployment : undoRevisioned)(invocation, info, revision, dryRun)
}

/** Models kubectl pkg/cmd/rollout rollout_undo.go and polymorphichelpers rollback.go (v1.35). */
export const rolloutUndo: Command = {
  path: ['rollout', 'undo'],
  summary: 'Go back to an earlier revision',
  usage: '(TYPE NAME | TYPE/NAME) [flags]',
  completes: 'resources',
  flags: [
    ...FILENAME_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    SELECTOR_FLAG,
    { name: 'to-revision', type: 'int64', default: '0', summary: 'The revision; 0: the one before' },
  ],
  run(invocation) {
    const { args, flags } = invocation
    const dryRun = dryRunOf(invocation)
    if (args.length === 0 && flags.list('filename').length === 0) fail('required resource not specified')
    const printer = new ObjectPrinter(invocation, dryRun)
    const selection = select({
      ...builderOptionsOf(invocation),
      enforceNamespace: isNamespaceGiven(invocation),
      args,
      labelSelector: flags.string('selector'),
      allowTypeAlone: true,
      latest: true,
    })
    check(selection.failure)
    check(
      selection.visit((info) => {
        const result = undo(invocation, info, dryRun)
        return 'operation' in result ? printer.print(info.object!, result.operation) : result
      }),
    )
    return done()
  },
}
