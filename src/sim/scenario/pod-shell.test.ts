import { beforeAll, describe, expect, test } from 'vitest'
import { loadApiSchema } from '../kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../kubernetes/api/schema.ts'
import { World } from './world.ts'

const MANIFESTS = `apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {mode: quiet, "app.conf": "level=1"}
---
apiVersion: v1
kind: Secret
metadata: {name: key}
data: {token: aHVzaA==}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: headless}
spec: {clusterIP: None, selector: {app: web}, ports: [{port: 8080}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
  - {name: web, image: "web:1", ports: [{containerPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client}
spec:
  containers:
  - name: main
    image: busybox
    command: [sleep, infinity]
    env:
    - {name: PLAIN, value: "1"}
    - {name: MODE, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}
    - {name: TOKEN, valueFrom: {secretKeyRef: {name: key, key: token}}}
    - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
    volumeMounts: [{name: conf, mountPath: /etc/app}]
  volumes: [{name: conf, configMap: {name: settings}}]
`

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

describe('programs that kubectl exec runs in a Pod', () => {
  const exec = (line: string): { readonly stdout: string; readonly stderr: string; readonly exit: number } => {
    const world = new World({ schema, manifests: MANIFESTS })
    world.advanceTo(20_000)
    return world.act({ type: 'kubectl', line: `kubectl exec client -- ${line}` })
  }

  test.each([
    { name: 'a Service by its short name', line: 'curl -s http://web', stdout: /^OK from default\/web\n$/ },
    { name: 'a Service by its full name', line: 'wget -qO- web.default.svc.cluster.local', stdout: /^OK from default\/web\n$/ },
    { name: 'a Pod behind a headless Service', line: 'curl headless:8080', stdout: /^OK from 10\.244\.\d+\.\d+\n$/ },
    { name: 'the address of a Service', line: 'nslookup web', stdout: /Name:\tweb\.default\.svc\.cluster\.local\nAddress: 10\.96\./ },
    { name: 'a mounted ConfigMap', line: 'cat /etc/app/app.conf', stdout: /^level=1$/ },
    { name: 'its environment', line: 'env', stdout: /PLAIN=1\nMODE=quiet\nTOKEN=hush\nNODE=node-\d\n/ },
  ])('find $name', ({ line, stdout }) => {
    expect(exec(line)).toMatchObject({ stdout: expect.stringMatching(stdout), exit: 0 })
  })

  test.each([
    { name: 'a name that nobody has', line: 'curl http://nowhere', stderr: 'curl: (6) Could not resolve host: nowhere', exit: 6 },
    { name: 'a Service without endpoints', line: 'wget -qO- nobody', stderr: 'Connection refused', exit: 1 },
    { name: 'a port that nothing listens on', line: 'curl headless:9999', stderr: 'curl: (7) Failed to connect', exit: 7 },
    { name: 'a file that is not there', line: 'cat /etc/app/none', stderr: 'No such file or directory', exit: 1 },
  ])('say what is wrong with $name', ({ line, stderr, exit }) => {
    const result = exec(line)
    expect(result.stderr).toContain(stderr)
    expect(result.exit).toBe(exit)
  })
})
