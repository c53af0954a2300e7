export interface Size {
  readonly nodes: number
  readonly deployments: number
  readonly replicas: number
  readonly ratePerSecond: number
  /** Another Deployment is rolled out every so many simulated seconds, for a while. */
  readonly rollouts?: { readonly from: number; readonly until: number; readonly every: number }
}

/** A cluster of equal nodes with equal Deployments; the first of them is behind a Service under load. */
export function scenario({ nodes, deployments, replicas, ratePerSecond, rollouts }: Size): string {
  const workloads = Array.from(
    { length: deployments },
    (_, index) => `---
apiVersion: apps/v1
kind: Deployment
metadata: {name: app-${index}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: app-${index}}}
  template:
    metadata: {labels: {app: app-${index}}}
    spec:
      containers:
        - name: main
          image: app:${index}
          ports: [{containerPort: 8080}]
          resources: {requests: {cpu: 50m, memory: 64Mi}}
          readinessProbe: {httpGet: {path: /, port: 8080}}
`,
  ).join('')
  const { from, until, every } = rollouts ?? { from: 0, until: 0, every: 1 }
  const timeline = Array.from({ length: Math.floor((until - from) / every) }, (_, index) => {
    const line = `kubectl set image deployment/app-${index % deployments} main=app:next-${index}`
    return `\n    - {id: rollout-${index}, at: ${from + index * every}s, kubectl: "${line}"}`
  }).join('')
  return `apiVersion: clusterlab.dev/v1
kind: Scenario
metadata: {name: bench}
spec:
  title: {ko: 측정, en: Bench}
  cluster:
    nodes: [{count: ${nodes}, zones: [a, b, c], capacity: {cpu: "8", memory: 16Gi, pods: 110}}]
  traffic: ${ratePerSecond > 0 ? `[{id: users, to: service/app-0, rate: ${ratePerSecond}/s}]` : '[]'}
  timeline: ${timeline === '' ? '[]' : timeline}
---
apiVersion: v1
kind: Service
metadata: {name: app-0}
spec: {selector: {app: app-0}, ports: [{port: 80, targetPort: 8080}]}
${workloads}`
}
