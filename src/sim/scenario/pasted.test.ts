import { beforeAll, describe, expect, test } from 'vitest'
import { loadApiSchema } from '../kubernetes/api/load-schema.ts'
import type { ApiSchema } from '../kubernetes/api/schema.ts'
import { World } from './world.ts'

let schema: ApiSchema
beforeAll(async () => {
  schema = await loadApiSchema()
})

const statefulSet = (volumeMount: string): string => `
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db}
spec:
  serviceName: db
  replicas: 2
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers:
      - {name: db, image: "postgres:17", volumeMounts: [{name: ${volumeMount}, mountPath: /data}]}
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`

/** A fresh default cluster, some time after a manifest was pasted. */
function pasted(text: string): { readonly said: string; readonly ask: (line: string) => string } {
  const world = new World({ schema, manifests: '' })
  world.advanceTo(1000)
  const { stdout, stderr } = world.act({ type: 'apply', text })
  world.advanceTo(60_000)
  return { said: stdout + stderr, ask: (line) => world.act({ type: 'kubectl', line: `kubectl ${line}` }).stdout }
}

describe('what people paste', () => {
  test('a StatefulSet mounts the volumes of its own claims, which the standard class gives it', () => {
    const { said, ask } = pasted(statefulSet('data'))
    expect(said).toBe('statefulset.apps/db created\n')
    expect(ask('get statefulset db --no-headers')).toMatch(/^db +2\/2 /)
    expect(ask('get pvc -o jsonpath={.items[*].status.phase}')).toBe('Bound Bound')
    expect(ask('get pv -o jsonpath={.items[*].spec.storageClassName}')).toBe('standard standard')
  })

  test('a class may be named by the old annotation, and come after what names it', () => {
    const claimed = statefulSet('data').replace('{name: data}\n    spec: {acc', '{name: data, annotations: {volume.beta.kubernetes.io/storage-class: fast}}\n    spec: {acc')
    const { ask } = pasted(`${claimed}---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: fast}
provisioner: k8s.io/minikube-hostpath
`)
    expect(ask('get statefulset db --no-headers')).toMatch(/^db +2\/2 /)
    expect(ask('get pv -o jsonpath={.items[*].spec.storageClassName}')).toBe('fast fast')
  })

  test('a StatefulSet with a fault in its template is taken, and its Pods are not', () => {
    const { said, ask } = pasted(statefulSet('other'))
    expect(said).toBe('statefulset.apps/db created\n')
    expect(ask('get pods -o name')).toBe('')
    expect(ask('get events --field-selector reason=FailedCreate -o jsonpath={.items[0].message}')).toBe(
      'Create Pod db-0 in StatefulSet db failed error: Pod "db-0" is invalid: spec.containers[0].volumeMounts[0].name: Not found: "other"',
    )
  })

  test.each([
    ['a RoleBinding may leave out the namespace of its ServiceAccount', 'RoleBinding', 'rolebinding.rbac.authorization.k8s.io/b created\n'],
    [
      'a ClusterRoleBinding may not',
      'ClusterRoleBinding',
      'The ClusterRoleBinding "b" is invalid: subjects[0].namespace: Required value\n',
    ],
  ])('%s', (_name, kind, answer) => {
    const { said } = pasted(`
apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
metadata: {name: b}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: default}]
`)
    expect(said).toBe(answer)
  })

  test('the name of a StatefulSet is a label, for its Pods are named after it', () => {
    expect(pasted(statefulSet('data').replace('name: db}', 'name: d.b}')).said).toContain('metadata.name: Invalid value: "d.b"')
  })
})
