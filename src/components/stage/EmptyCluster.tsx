import { Play } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { act, engine } from '../../app/engine-client.ts'
import { workbenchTabChosen } from '../../app/view-store.ts'
import { useWorld } from '../../app/world-store.ts'
import s from './empty-cluster.module.css'

const EXAMPLE = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 4
  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: nginx:1.27
          ports: [{containerPort: 80}]
          resources:
            requests: {cpu: 500m, memory: 512Mi}
            limits: {cpu: "1", memory: 1Gi}
          readinessProbe:
            httpGet: {path: /, port: 80}
            periodSeconds: 2
---
apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector: {app: web}
  ports: [{port: 80}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  serviceName: db
  replicas: 1
  selector:
    matchLabels: {app: db}
  template:
    metadata:
      labels: {app: db}
    spec:
      containers:
        - name: db
          image: postgres:17
          resources:
            requests: {cpu: 1, memory: 2Gi}
            limits: {cpu: 2, memory: 3Gi}
`

/** Requests a second that the example's Service gets. */
const RATE = 10

/** A cluster without Pods says how to get some. */
export function EmptyCluster() {
  const { t } = useTranslation()
  const empty = useWorld(
    (world) => world.loaded && world.pods.size === 0 && world.workloads.size === 0 && world.goals.length === 0,
  )
  if (!empty) return null
  const start = async (): Promise<void> => {
    const result = await act({ type: 'apply', text: EXAMPLE }, { label: t('stage.example'), target: 'web, db' })
    if (!result.ok) return
    await act({ type: 'traffic', service: 'web', ratePerSecond: RATE })
    await engine().play()
  }
  return (
    <div className={s.card}>
      <h2>{t('stage.noWorkloads')}</h2>
      <p>{t('stage.noWorkloadsHint')}</p>
      <div>
        <button type="button" className="button primary" onClick={() => void start()}>
          <Play size={15} fill="currentColor" aria-hidden="true" />
          {t('stage.example')}
        </button>
        <button type="button" className="button" onClick={() => workbenchTabChosen('editor')}>
          {t('stage.ownManifest')}
        </button>
      </div>
    </div>
  )
}
