import { RandomStreams } from '../../sim/kernel/rng.ts'
import type { Millis } from '../../sim/kernel/time.ts'
import type { Action } from '../../sim/scenario/action.ts'
import type { RecordedAction } from '../recording.ts'

/** A scenario and what a restless student does to it, drawn from one seed. */
export interface RandomRun {
  readonly seed: number
  readonly text: string
  readonly actions: readonly RecordedAction[]
  readonly until: Millis
}

const DEPLOYMENTS = ['web', 'api', 'db'] as const

function manifests(replicas: readonly number[], probes: boolean): string {
  const probe = probes ? '\n          readinessProbe: {httpGet: {path: /, port: 8080}, periodSeconds: 5}' : ''
  return DEPLOYMENTS.map(
    (name, index) => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas[index]}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: main
          image: ${name}:1
          ports: [{containerPort: 8080}]
          resources: {requests: {cpu: ${100 + 150 * index}m, memory: 128Mi}, limits: {memory: 256Mi}}${probe}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
  selector: {app: ${name}}
  ports: [{port: 80, targetPort: 8080}]
`,
  ).join('')
}

/** The same seed gives the same run, everywhere. */
export function randomRun(seed: number): RandomRun {
  const rng = new RandomStreams(seed).stream('random-run')
  const nodes = rng.between(2, 5)
  const until = rng.between(60, 240) * 1000
  const text = `apiVersion: clusterlab.dev/v1
kind: Scenario
metadata: {name: random-${seed}}
spec:
  title: {ko: 무작위, en: Random}
  seed: ${seed}
  cluster:
    nodes: [{count: ${nodes}, zones: [a, b], capacity: {cpu: "${rng.between(1, 4)}", memory: 4Gi, pods: 20}}]
  traffic:
    - {id: users, to: service/web, rate: ${rng.between(1, 30)}/s}
${manifests([rng.between(1, 4), rng.between(0, 3), rng.between(1, 2)], rng.int(2) === 0)}`
  const actions: RecordedAction[] = []
  const faults: string[] = []
  let at = rng.between(1000, 8000)
  while (at < until - 5000) {
    const action = draw()
    actions.push({ at, action })
    if (action.type === 'fault' && action.id) faults.push(action.id)
    at += rng.between(50, 15_000)
  }
  return { seed, text, actions, until }

  function draw(): Action {
    const deployment = DEPLOYMENTS[rng.int(DEPLOYMENTS.length)]!
    const node = `node-${rng.between(1, nodes)}`
    const kubectl = (line: string): Action => ({ type: 'kubectl', line: `kubectl ${line}` })
    switch (rng.int(14)) {
      case 0:
      case 1:
        return kubectl(`scale deployment ${deployment} --replicas=${rng.int(6)}`)
      case 2:
        return kubectl(`set image deployment/${deployment} main=${deployment}:${rng.between(1, 4)}`)
      case 3:
        return kubectl(`rollout restart deployment/${deployment}`)
      case 4:
        return kubectl(`rollout undo deployment/${deployment}`)
      case 5:
        return kubectl(`delete pods -l app=${deployment} --wait=false`)
      case 6:
        return kubectl(`${rng.int(2) === 0 ? 'cordon' : 'uncordon'} ${node}`)
      case 7:
        return kubectl(`drain ${node} --ignore-daemonsets --force --delete-emptydir-data --timeout=20s`)
      case 8:
        return { type: 'fault', kind: 'HostPowerOff', target: { host: node }, id: `off-${at}` }
      case 9:
        return { type: 'fault', kind: 'LinkDown', target: { host: node }, id: `cut-${at}` }
      case 10: {
        const process = ['scheduler', 'controller-manager', 'apiserver', `kubelet/${node}`, `kube-proxy/${node}`][rng.int(5)]!
        return { type: 'fault', kind: 'ProcessStop', target: { process }, id: `stop-${at}` }
      }
      case 11:
        return { type: 'traffic', service: `default/${deployment}`, ratePerSecond: rng.int(20) }
      default:
        return faults.length > 0 ? { type: 'heal', id: faults.splice(rng.int(faults.length), 1)[0]! } : kubectl('get pods -o wide')
    }
  }
}
