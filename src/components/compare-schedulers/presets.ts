const head =
  'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles:\n  - schedulerName: default-scheduler\n'

/** Configurations to begin with. */
export const presets = {
  MostAllocated: `${head}    pluginConfig:
      - name: NodeResourcesFit
        args:
          scoringStrategy:
            type: MostAllocated
    plugins:
      score:
        disabled:
          # These two would pull the other way.
          - name: NodeResourcesBalancedAllocation
          - name: PodTopologySpread
`,
  LeastAllocated: `${head}    pluginConfig:
      - name: NodeResourcesFit
        args:
          scoringStrategy:
            type: LeastAllocated
`,
  noSpread: `${head}    plugins:
      multiPoint:
        disabled:
          - name: PodTopologySpread
`,
  own: `${head}    pluginConfig:
      - name: FillFromTheLeft
        args:
          kind: CELPluginArgs
          # 0 to 100: more for a node that is fuller already.
          score: node.requested.cpu * 100 / node.allocatable.cpu
          weight: 20
          # Keeps half a core free on every node.
          filter: node.free.cpu - pod.requests.cpu >= 500
          reason: node(s) would have less than 500m CPU left
`,
} as const

export type Preset = keyof typeof presets
export const presetNames = Object.keys(presets) as readonly Preset[]

/** Twelve Pods of two sizes: enough to tell two configurations apart. */
export const sampleWorkload = ['small', 'large']
  .map(
    (size) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${size}
spec:
  replicas: ${size === 'small' ? 8 : 4}
  selector:
    matchLabels:
      app: ${size}
  template:
    metadata:
      labels:
        app: ${size}
    spec:
      containers:
        - name: web
          image: nginx
          resources:
            requests:
              cpu: ${size === 'small' ? '300m' : '900m'}
              memory: ${size === 'small' ? '256Mi' : '1Gi'}
`,
  )
  .join('---\n')
