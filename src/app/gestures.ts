/** What can be done to what is on the stage, as the actions that a command or a timeline would also use. */
import type { Action, ComponentView, FaultKind, FaultTarget, FaultView, NodeView, PodView } from '../engine/protocol.ts'
import type { en } from './locales/en.ts'
import type { World } from './world-store.ts'
import type { Selection } from './view-store.ts'

export interface Gesture {
  readonly label: Exclude<keyof typeof en.action, 'title' | 'done' | 'refused' | 'branched' | 'inspect'>
  readonly action: Action
  /** Strikes or removes something. */
  readonly harms: boolean
  /** Its output belongs into the terminal. */
  readonly printsTo?: 'terminal'
}

const CONTROL_PLANE_HOST = 'control-plane'

const kubectl = (label: Gesture['label'], line: string, harms = false): Gesture => ({
  label,
  action: { type: 'kubectl', line },
  harms,
})

/** Heals the fault of a kind that strikes the target, if there is one; else starts it. */
function toggled(
  faults: readonly FaultView[],
  kind: FaultKind,
  target: FaultTarget,
  hit: (written: string) => boolean,
  labels: readonly [Gesture['label'], Gesture['label']],
): Gesture {
  const fault = faults.find((each) => each.kind === kind && hit(each.target))
  return fault
    ? { label: labels[1], action: { type: 'heal', id: fault.id }, harms: false }
    : { label: labels[0], action: { type: 'fault', kind, target }, harms: true }
}

export function nodeGestures(node: Pick<NodeView, 'name' | 'unschedulable'>, faults: readonly FaultView[]): readonly Gesture[] {
  const { name } = node
  const onIt = (written: string): boolean => written.split(/[|,\s↔/–]+/).includes(name)
  return [
    toggled(faults, 'HostPowerOff', { host: name }, onIt, ['powerOff', 'powerOn']),
    toggled(faults, 'LinkDown', { between: [name, CONTROL_PLANE_HOST] }, onIt, ['cutLink', 'joinLink']),
    toggled(faults, 'ProcessStop', { process: `kubelet/${name}` }, onIt, ['stopKubelet', 'startKubelet']),
    node.unschedulable ? kubectl('uncordon', `kubectl uncordon ${name}`) : kubectl('cordon', `kubectl cordon ${name}`),
    kubectl('drain', `kubectl drain ${name} --ignore-daemonsets --delete-emptydir-data`, true),
  ]
}

export function podGestures(
  pod: Pick<PodView, 'id' | 'name' | 'namespace' | 'node'>,
  faults: readonly FaultView[],
): readonly Gesture[] {
  const { id, name, namespace } = pod
  const onIt = (written: string): boolean => written === id || written.startsWith(`${id}/`) || written.startsWith(`${id} `)
  const faultGestures: readonly Gesture[] =
    pod.node === undefined
      ? []
      : [
          { label: 'crash', action: { type: 'fault', kind: 'ContainerExit', target: { pod: id, exitCode: 1 } }, harms: true },
          toggled(faults, 'ContainerHang', { pod: id }, onIt, ['hang', 'heal']),
          toggled(faults, 'MemoryLeak', { pod: id, megabytesPerSecond: 10 }, onIt, ['leak', 'heal']),
          { ...kubectl('logs', `kubectl logs ${name} -n ${namespace}`), printsTo: 'terminal' },
        ]
  return [...faultGestures, kubectl('delete', `kubectl delete pod ${name} -n ${namespace} --wait=false`, true)]
}

/** Names under which a scenario may have stopped a component. */
const alsoCalled: Readonly<Record<string, readonly string[]>> = {
  'api-server': ['api-server', 'apiserver', 'kube-apiserver'],
  'kube-scheduler': ['kube-scheduler', 'scheduler'],
  'kube-controller-manager': ['kube-controller-manager', 'controller-manager'],
}

export function componentGestures(component: ComponentView, faults: readonly FaultView[]): readonly Gesture[] {
  const { name, running } = component
  const names = alsoCalled[name]
  if (!names) return []
  const fault = faults.find((each) => each.kind === 'ProcessStop' && names.includes(each.target))
  if (fault) return [{ label: 'start', action: { type: 'heal', id: fault.id }, harms: false }]
  return running
    ? [{ label: 'stop', action: { type: 'fault', kind: 'ProcessStop', target: { process: name } }, harms: true }]
    : []
}

/** Everything that can be done to what is selected, and its name. */
export function gesturesFor(selection: Selection, world: World): readonly Gesture[] {
  if (selection.type === 'component') {
    const component = world.components.find(({ name }) => name === selection.name)
    return component ? componentGestures(component, world.faults) : []
  }
  const { resource, namespace, name } = selection.key
  if (resource === 'nodes') {
    const node = world.nodes.get(name)
    return node ? nodeGestures(node, world.faults) : []
  }
  if (resource === 'pods') {
    const pod = world.pods.get(`${namespace}/${name}`)
    return pod ? podGestures(pod, world.faults) : []
  }
  return []
}

export const nameOf = (selection: Selection): string => (selection.type === 'component' ? selection.name : selection.key.name)

/** The action as one line, for the log of what was done. */
export function lineOf(action: Action): string {
  switch (action.type) {
    case 'kubectl':
      return action.line
    case 'apply':
      return 'kubectl apply -f -'
    case 'fault':
      return `${action.kind} ${Object.values(action.target).flat().join(' ')}`
    case 'heal':
      return `heal ${action.id}`
    case 'traffic':
      return `traffic ${action.service} ${action.ratePerSecond}/s`
    case 'predict':
      return `predict ${action.step}`
    default:
      return action.type
  }
}
