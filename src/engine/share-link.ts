import { deflateSync, Inflate } from 'fflate'
import { checkRecording, type Recording } from './recording.ts'

/** `#v1.<payload>`: raw deflate with a preset dictionary, base64url. */
const VERSION = 'v1'

/** Part of the format of version 1: never edit it, add a version. */
const DICTIONARY = new TextEncoder().encode(
  '"},"annotations":{}},"status":{}}apiVersion: clusterlab.dev/v1\nkind: Scenario\nmetadata:\n  name: \nspec:\n  title: {ko: , en: }\n  seed: 42\n  cluster:\n    nodes:\n      - {count: 3, capacity: {cpu: "4", memory: 8Gi}}\n' +
    'apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n  labels:\n    app: web\nspec:\n  type: ClusterIP\n  selector:\n    app: web\n  ports:\n  - name: http\n    port: 80\n    protocol: TCP\n    targetPort: 8080\n---\n' +
    'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: default\n  labels:\n    app: web\nspec:\n  replicas: 3\n  selector:\n    matchLabels:\n      app: web\n  strategy:\n    type: RollingUpdate\n    rollingUpdate:\n      maxSurge: 25%\n      maxUnavailable: 25%\n' +
    '  template:\n    metadata:\n      labels:\n        app: web\n    spec:\n      containers:\n      - name: web\n        image: nginx:1.27\n        ports:\n        - containerPort: 80\n        env:\n        - name: PORT\n          value: "8080"\n        readinessProbe:\n          httpGet:\n            path: /healthz\n            port: 8080\n          initialDelaySeconds: 5\n          periodSeconds: 10\n        livenessProbe:\n        resources:\n          requests:\n            cpu: 100m\n            memory: 128Mi\n          limits:\n            cpu: 200m\n            memory: 256Mi\n' +
    '{"at":,"action":{"type":"kubectl","line":"kubectl scale deployment web --replicas="}},{"at":,"action":{"type":"kubectl","line":"kubectl get pods -o wide"}},{"at":,"action":{"type":"kubectl","line":"kubectl set image deployment/web web=nginx:1.28"}},{"at":,"action":{"type":"kubectl","line":"kubectl rollout undo deployment/web"}},{"at":,"action":{"type":"kubectl","line":"kubectl delete pod web-"}},{"at":,"action":{"type":"fault","kind":"HostPowerOff","target":{"host":"node-2"},"id":"' +
    '{"version":1,"engine":"1","source":{"type":"builtin","name":"desired-state-and-the-clock"},"seed":42,"actions":[{"at":0,"action":{"type":"apply","text":"apiVersion: apps/v1\\nkind: Deployment\\nmetadata:\\n  name: web\\nspec:\\n  replicas: 3\\n"}}],"at":60000,"digest":"',
)

/** Longest payload that is decoded: nothing longer survives in a URL anyway. */
const MAX_PAYLOAD = 64 * 1024
/** Largest recording that a payload may hold. */
const MAX_RECORDING = 5 * 1024 * 1024
/** Input is fed in slices, so that a bomb is stopped before it has unfolded. */
const SLICE = 1024

function toBase64Url(bytes: Uint8Array): string {
  let binary = ''
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function fromBase64Url(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0))
}

class TooLarge extends Error {}

/** The part of a link after `#`; undefined when the recording is too large for one. */
export function encodeLink(recording: Recording): string | undefined {
  const bytes = new TextEncoder().encode(JSON.stringify(recording))
  if (bytes.length > MAX_RECORDING) return undefined
  const link = `${VERSION}.${toBase64Url(deflateSync(bytes, { level: 9, dictionary: DICTIONARY }))}`
  return link.length > MAX_PAYLOAD ? undefined : link
}

/** Why a link could not be read; `detail` is technical and in English. */
export type LinkProblem =
  | { readonly type: 'too-long'; readonly length: number; readonly limit: number }
  | { readonly type: 'version'; readonly version: string }
  | { readonly type: 'damaged'; readonly detail: string }
  | { readonly type: 'too-large'; readonly limit: number }
  | { readonly type: 'invalid'; readonly detail: string }

/** The same in a sentence: what was expected, what came, what to do. */
export function linkProblemText(problem: LinkProblem): string {
  switch (problem.type) {
    case 'too-long':
      return `the link is too long: expected at most ${problem.limit} characters, received ${problem.length}; ask its sender for the file instead`
    case 'version':
      return `expected a link of version v1, received "${problem.version}"; it may come from another version of Clusterlab`
    case 'damaged':
      return `the link is damaged or cut off (${problem.detail}); copy it again, whole`
    case 'too-large':
      return `the link unfolds to more than ${problem.limit} bytes and is not opened`
    case 'invalid':
      return `the link does not hold a recording (${problem.detail})`
  }
}

/** Reads `v1.<payload>` (a leading `#` or a whole URL is fine). Bounded in size and time; never throws. */
export function decodeLink(link: string): Recording | { readonly problem: LinkProblem } {
  const hash = link.slice(link.lastIndexOf('#') + 1)
  if (hash.length > MAX_PAYLOAD) return { problem: { type: 'too-long', length: hash.length, limit: MAX_PAYLOAD } }
  const dot = hash.indexOf('.')
  const version = dot < 0 ? hash.slice(0, 20) : hash.slice(0, dot)
  if (version !== VERSION) return { problem: { type: 'version', version: version.slice(0, 20) } }
  let json: string
  try {
    json = inflate(fromBase64Url(hash.slice(dot + 1)))
  } catch (error) {
    if (error instanceof TooLarge) return { problem: { type: 'too-large', limit: MAX_RECORDING } }
    return { problem: { type: 'damaged', detail: error instanceof Error ? error.message : String(error) } }
  }
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    return { problem: { type: 'damaged', detail: error instanceof Error ? error.message : String(error) } }
  }
  const checked = checkRecording(value)
  return typeof checked === 'string' ? { problem: { type: 'invalid', detail: checked } } : checked
}

function inflate(data: Uint8Array): string {
  const chunks: Uint8Array[] = []
  let size = 0
  const inflater = new Inflate({ dictionary: DICTIONARY }, (chunk) => {
    size += chunk.length
    if (size > MAX_RECORDING) throw new TooLarge()
    chunks.push(chunk)
  })
  for (let i = 0; i < data.length; i += SLICE) inflater.push(data.subarray(i, i + SLICE), i + SLICE >= data.length)
  const whole = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.length
  }
  return new TextDecoder('utf-8', { fatal: true }).decode(whole)
}
