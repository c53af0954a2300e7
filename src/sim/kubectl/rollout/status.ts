import type { Resource } from '../../kubernetes/api/resources.ts'
import { at, type Fields, fields, isSet, items, number, text } from '../fields.ts'
import { revisionOf } from './history.ts'

export type RolloutStatus = { readonly message: string; readonly done: boolean } | { readonly error: string }

const waiting = (message: string): RolloutStatus => ({ message: `${message}\n`, done: false })
const finished = (message: string): RolloutStatus => ({ message: `${message}\n`, done: true })
const ONLY_ROLLING = { error: 'rollout status is only available for RollingUpdate strategy type' }

function deploymentStatus(deployment: Fields, revision: number): RolloutStatus {
  const name = text(at(deployment, 'metadata.name'))
  const status = fields(deployment['status'])
  if (revision > 0) {
    const running = revisionOf(deployment) ?? 0
    if (running !== revision)
      return { error: `desired revision (${revision}) is different from the running revision (${running})` }
  }
  if (number(at(deployment, 'metadata.generation')) > number(status['observedGeneration']))
    return waiting('Waiting for deployment spec update to be observed...')
  const progressing = items(status['conditions']).find(({ type }) => type === 'Progressing')
  if (progressing?.['reason'] === 'ProgressDeadlineExceeded')
    return { error: `deployment "${name}" exceeded its progress deadline` }
  const replicas = at(deployment, 'spec.replicas')
  const updated = number(status['updatedReplicas'])
  const subject = `Waiting for deployment "${name}" rollout to finish:`
  if (isSet(replicas) && updated < number(replicas))
    return waiting(`${subject} ${updated} out of ${number(replicas)} new replicas have been updated...`)
  if (number(status['replicas']) > updated)
    return waiting(`${subject} ${number(status['replicas']) - updated} old replicas are pending termination...`)
  const available = number(status['availableReplicas'])
  if (available < updated) return waiting(`${subject} ${available} of ${updated} updated replicas are available...`)
  return finished(`deployment "${name}" successfully rolled out`)
}

function daemonSetStatus(daemon: Fields): RolloutStatus {
  const name = text(at(daemon, 'metadata.name'))
  const status = fields(daemon['status'])
  if (at(daemon, 'spec.updateStrategy.type') !== 'RollingUpdate') return ONLY_ROLLING
  if (number(at(daemon, 'metadata.generation')) > number(status['observedGeneration']))
    return waiting('Waiting for daemon set spec update to be observed...')
  const desired = number(status['desiredNumberScheduled'])
  const updated = number(status['updatedNumberScheduled'])
  const available = number(status['numberAvailable'])
  const subject = `Waiting for daemon set "${name}" rollout to finish:`
  if (updated < desired) return waiting(`${subject} ${updated} out of ${desired} new pods have been updated...`)
  if (available < desired) return waiting(`${subject} ${available} of ${desired} updated pods are available...`)
  return finished(`daemon set "${name}" successfully rolled out`)
}

function statefulSetStatus(set: Fields): RolloutStatus {
  const spec = fields(set['spec'])
  const status = fields(set['status'])
  if (at(spec, 'updateStrategy.type') !== 'RollingUpdate') return ONLY_ROLLING
  const observed = number(status['observedGeneration'])
  if (observed === 0 || number(at(set, 'metadata.generation')) > observed)
    return waiting('Waiting for statefulset spec update to be observed...')
  const replicas = spec['replicas']
  const ready = number(status['readyReplicas'])
  const updated = number(status['updatedReplicas'])
  if (isSet(replicas) && ready < number(replicas)) return waiting(`Waiting for ${number(replicas) - ready} pods to be ready...`)
  const rolling = at(spec, 'updateStrategy.rollingUpdate')
  if (isSet(rolling)) {
    const partition = at(rolling, 'partition')
    const wanted = number(replicas) - number(partition)
    if (isSet(replicas) && isSet(partition) && updated < wanted)
      return waiting(`Waiting for partitioned roll out to finish: ${updated} out of ${wanted} new pods have been updated...`)
    return finished(`partitioned roll out complete: ${updated} new pods have been updated...`)
  }
  if (status['updateRevision'] !== status['currentRevision'])
    return waiting(
      `waiting for statefulset rolling update to complete ${updated} pods at revision ${text(status['updateRevision'])}...`,
    )
  return finished(
    `statefulset rolling update complete ${number(status['currentReplicas'])} pods at revision ${text(status['currentRevision'])}...`,
  )
}

/** Undefined for kinds that roll nothing out. Models kubectl's polymorphichelpers/rollout_status.go. */
export function rolloutStatus({ key }: Resource, object: Fields, revision: number): RolloutStatus | undefined {
  if (key === 'deployments.apps') return deploymentStatus(object, revision)
  if (key === 'daemonsets.apps') return daemonSetStatus(object)
  if (key === 'statefulsets.apps') return statefulSetStatus(object)
  return undefined
}
