import type { Millis } from '../kernel/time.ts'
import { workloadOfCommand } from './command-line.ts'
import type { Workload } from './workload.ts'

/** What a registry holds under a name, or how asking for it fails. */
export interface Image {
  readonly sizeBytes: number
  /** How long a pull takes; absent: by its size. */
  readonly pullMs?: Millis
  /** The runtime's text when a pull fails. */
  readonly error?: string
  /** gRPC code of the failure; absent: Unknown. */
  readonly code?: string
  /** Only the first so many pulls fail. */
  readonly times?: number
  /** The runtime cannot even look at it. */
  readonly inspectError?: string
  /** On every node from the start. */
  readonly present?: boolean
}

/** What a container of an image is, beside what its spec says. */
export interface ContainerDescription {
  readonly podNamespace: string
  readonly podName: string
  readonly podAnnotations: Readonly<Record<string, string>>
  readonly podLabels: Readonly<Record<string, string>>
  readonly container: string
  readonly image: string
  readonly command: readonly string[]
  /** Container ports of the spec. */
  readonly ports: readonly number[]
  /** An init container that is no sidecar. */
  readonly init?: boolean
}

/** Where images come from and what runs in them. */
export interface Registry {
  image(name: string): Image
  workload(description: ContainerDescription): Workload
}

interface KnownImage {
  /** Last part of the repository: `redis` matches `redis:7`, `bitnami/redis:latest`. */
  readonly name: RegExp
  readonly megabytes: number
  readonly startMs: Millis
  readonly ports?: readonly number[]
  readonly memoryMegabytes: number
  readonly idleMilliCpu?: number
  readonly milliCpuMsPerRequest?: number
  readonly termMs?: Millis
  /** Ends at once when it has nothing to do: a shell without a terminal. */
  readonly endsAtOnce?: boolean
}

const MB = 1_000_000
const MIB = 1024 * 1024

/** Sizes compressed, as pulled; times and memory as measured on small machines, rounded. */
const KNOWN_IMAGES: readonly KnownImage[] = [
  { name: /^nginx/, megabytes: 72, startMs: 100, ports: [80], memoryMegabytes: 8, idleMilliCpu: 1, milliCpuMsPerRequest: 500 },
  { name: /^httpd/, megabytes: 60, startMs: 200, ports: [80], memoryMegabytes: 12, milliCpuMsPerRequest: 1000 },
  {
    name: /^redis|^valkey|gb-redis/,
    megabytes: 45,
    startMs: 150,
    ports: [6379],
    memoryMegabytes: 10,
    idleMilliCpu: 2,
    milliCpuMsPerRequest: 200,
  },
  {
    name: /^postgres/,
    megabytes: 105,
    startMs: 2500,
    ports: [5432],
    memoryMegabytes: 45,
    idleMilliCpu: 3,
    milliCpuMsPerRequest: 3000,
  },
  {
    name: /^(mysql|mariadb)/,
    megabytes: 180,
    startMs: 8000,
    ports: [3306],
    memoryMegabytes: 380,
    idleMilliCpu: 8,
    milliCpuMsPerRequest: 3000,
    termMs: 1500,
  },
  {
    name: /^mongo/,
    megabytes: 250,
    startMs: 3000,
    ports: [27017],
    memoryMegabytes: 90,
    idleMilliCpu: 8,
    milliCpuMsPerRequest: 2000,
  },
  { name: /^rabbitmq/, megabytes: 95, startMs: 7000, ports: [5672, 15672], memoryMegabytes: 130, idleMilliCpu: 10 },
  { name: /^(busybox|alpine|ubuntu|debian)/, megabytes: 4, startMs: 20, memoryMegabytes: 1, endsAtOnce: true },
  {
    name: /^(agnhost|echoserver|hello-app|http-echo|whoami)/,
    megabytes: 45,
    startMs: 100,
    memoryMegabytes: 6,
    milliCpuMsPerRequest: 300,
  },
  { name: /^hpa-example|^php/, megabytes: 140, startMs: 500, ports: [80], memoryMegabytes: 12, milliCpuMsPerRequest: 80_000 },
  { name: /^gb-frontend/, megabytes: 130, startMs: 700, ports: [80], memoryMegabytes: 20, milliCpuMsPerRequest: 8000 },
  { name: /^pause/, megabytes: 0.3, startMs: 5, memoryMegabytes: 1 },
  { name: /^(coredns)/, megabytes: 20, startMs: 300, ports: [53, 8080, 8181], memoryMegabytes: 18, idleMilliCpu: 2 },
  { name: /^metrics-server/, megabytes: 22, startMs: 1500, ports: [10250, 4443], memoryMegabytes: 20, idleMilliCpu: 4 },
  // Docker's voting example
  { name: /^examplevotingapp_vote/, megabytes: 55, startMs: 1000, ports: [80], memoryMegabytes: 60, milliCpuMsPerRequest: 5000 },
  {
    name: /^examplevotingapp_result/,
    megabytes: 85,
    startMs: 1500,
    ports: [80],
    memoryMegabytes: 50,
    milliCpuMsPerRequest: 3000,
  },
  { name: /^examplevotingapp_worker/, megabytes: 85, startMs: 1500, memoryMegabytes: 30, idleMilliCpu: 10 },
  // Google's boutique
  {
    name: /^adservice/,
    megabytes: 120,
    startMs: 9000,
    ports: [9555],
    memoryMegabytes: 140,
    idleMilliCpu: 3,
    milliCpuMsPerRequest: 3000,
  },
  {
    name: /^cartservice/,
    megabytes: 50,
    startMs: 1500,
    ports: [7070],
    memoryMegabytes: 45,
    idleMilliCpu: 3,
    milliCpuMsPerRequest: 2500,
  },
  {
    name: /^recommendationservice|^emailservice/,
    megabytes: 70,
    startMs: 3000,
    ports: [8080],
    memoryMegabytes: 45,
    idleMilliCpu: 3,
    milliCpuMsPerRequest: 5000,
  },
  {
    name: /^(currencyservice|paymentservice)/,
    megabytes: 75,
    startMs: 1500,
    ports: [7000, 50051],
    memoryMegabytes: 45,
    idleMilliCpu: 3,
    milliCpuMsPerRequest: 2500,
  },
  {
    name: /^(checkoutservice|frontend|productcatalogservice|shippingservice)/,
    megabytes: 15,
    startMs: 200,
    memoryMegabytes: 15,
    milliCpuMsPerRequest: 1500,
  },
  { name: /^loadgenerator/, megabytes: 65, startMs: 3000, memoryMegabytes: 60, idleMilliCpu: 60 },
]

/** An image that nobody has described: it can be pulled, listens on its container ports, obeys SIGTERM, runs for ever. */
const UNKNOWN_IMAGE: Omit<KnownImage, 'name'> = { megabytes: 60, startMs: 300, memoryMegabytes: 24, milliCpuMsPerRequest: 1000 }

/** Tags that stand for a mistake in tutorials. */
const MISSING_TAG =
  /^(bad|broken|does-?not-?exist|doesnt-?exist|missing|nope|no-?such-?tag|not-?found|nonexistent|wrong|typo|invalid)$/i

/** How long an init container or a Job's container works when nothing says how long. */
const ERRAND_MS = 3000

const PULL_BASE_MS = 1000
const PULL_BYTES_PER_MS = 50_000

export interface ImageName {
  /** With host: `docker.io/library/nginx`. */
  readonly repository: string
  readonly tag: string
  /** `docker.io/library/nginx:1.27`, as the runtime's messages write it. */
  readonly full: string
}

/** How containerd reads an image name. */
export function imageName(image: string): ImageName {
  const [withoutDigest = '', digest] = image.split('@')
  const slash = withoutDigest.lastIndexOf('/')
  const colon = withoutDigest.indexOf(':', slash + 1)
  const path = colon < 0 ? withoutDigest : withoutDigest.slice(0, colon)
  const tag = colon < 0 ? 'latest' : withoutDigest.slice(colon + 1)
  const first = path.split('/')[0]!
  const hasHost = path.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost')
  const repository = hasHost ? path : path.includes('/') ? `docker.io/${path}` : `docker.io/library/${path}`
  return { repository, tag, full: digest ? `${repository}@${digest}` : `${repository}:${tag}` }
}

const knownImage = (image: string): Omit<KnownImage, 'name'> => {
  const last = imageName(image).repository.split('/').at(-1)!
  return KNOWN_IMAGES.find(({ name }) => name.test(last)) ?? UNKNOWN_IMAGE
}

/** What a scenario may say about the server in an image. */
export interface ImageDescription {
  readonly startMs?: Millis
  readonly memoryBytes?: number
  /** Thousandths of a core × milliseconds. */
  readonly milliCpuMsPerRequest?: number
}

interface RegistryState {
  readonly missing: ReadonlySet<string>
  readonly down: ReadonlySet<string>
  readonly images: ReadonlyMap<string, Image>
  readonly workloads: ReadonlyMap<string, Workload>
}

/**
 * The world's registries: well-known images by name, a documented default for the rest, and what a scenario or fault has changed.
 */
export class ImageRegistry implements Registry {
  #missing = new Set<string>()
  #down = new Set<string>()
  #images = new Map<string, Image>()
  #workloads = new Map<string, Workload>()
  readonly #descriptions = new Map<string, ImageDescription>()

  /** Fault ImageMissing: the registry does not know the image. */
  setMissing(image: string, missing: boolean): void {
    if (missing) this.#missing.add(imageName(image).full)
    else this.#missing.delete(imageName(image).full)
  }

  /** Fault RegistryDown: nobody answers under that host; `''` means every registry. */
  setDown(host: string, down: boolean): void {
    if (down) this.#down.add(host)
    else this.#down.delete(host)
  }

  /** A scenario's own image. */
  define(image: string, properties: Image): void {
    this.#images.set(imageName(image).full, properties)
  }

  /** What containers of an image (any tag when none is given, `repository`) do, instead of the catalogue's. */
  defineWorkload(image: string, workload: Workload): void {
    this.#workloads.set(
      image.includes(':') || image.includes('@') ? imageName(image).full : imageName(image).repository,
      workload,
    )
  }

  /** A scenario changes what the catalogue says about an image's server. */
  describe(image: string, description: ImageDescription): void {
    this.#descriptions.set(imageName(image).full, description)
  }

  image(image: string): Image {
    const name = imageName(image)
    const own = this.#images.get(name.full)
    const sizeBytes = own?.sizeBytes ?? Math.round(knownImage(image).megabytes * MB)
    const host = name.repository.split('/')[0]!
    const failing = `failed to pull and unpack image "${name.full}": failed to resolve reference "${name.full}": `
    if (this.#down.has(host) || this.#down.has('')) {
      const registry = host === 'docker.io' ? 'registry-1.docker.io' : host
      const path = name.repository.slice(host.length + 1)
      const error = `${failing}failed to do request: Head "https://${registry}/v2/${path}/manifests/${name.tag}": dial tcp: lookup ${registry}: i/o timeout`
      return { sizeBytes, pullMs: 10_000, error }
    }
    if (this.#missing.has(name.full) || (!own && MISSING_TAG.test(name.tag)))
      return { sizeBytes, pullMs: 800, error: `${failing}${name.full}: not found`, code: 'NotFound' }
    if (own) return own
    return { sizeBytes, pullMs: PULL_BASE_MS + Math.ceil(sizeBytes / PULL_BYTES_PER_MS) }
  }

  workload({ image, command, ports, init, podLabels }: ContainerDescription): Workload {
    const name = imageName(image)
    const own = this.#workloads.get(name.full) ?? this.#workloads.get(name.repository)
    if (own) return own
    const byCommand = workloadOfCommand(command)
    const { memoryBytes, ...described } = this.#descriptions.get(name.full) ?? {}
    const known = { ...knownImage(image), ...described }
    const stats = { memoryBytes: memoryBytes ?? Math.round(known.memoryMegabytes * MIB) }
    if (byCommand) return { ...byCommand, stats: { memoryBytes: MIB } }
    if (known.endsAtOnce && command.length === 0) return { runs: [{ exitAfterMs: 20, exitCode: 0 }], stats }
    // Simplified: what is there to end (an init container, a Job's Pod) and is not understood does its work and succeeds.
    if (init || podLabels['batch.kubernetes.io/job-name'] !== undefined) return { runs: [{ exitAfterMs: ERRAND_MS, exitCode: 0 }], stats, idleMilliCpu: 50 }
    return {
      stats,
      idleMilliCpu: known.idleMilliCpu ?? 1,
      ...(known.milliCpuMsPerRequest === undefined ? {} : { milliCpuMsPerRequest: known.milliCpuMsPerRequest }),
      term: { afterMs: known.termMs ?? 200, exitCode: 0 },
      listens: { ports: [...new Set([...(known.ports ?? []), ...ports])], afterMs: known.startMs },
    }
  }

  snapshot(): RegistryState {
    return {
      missing: new Set(this.#missing),
      down: new Set(this.#down),
      images: new Map(this.#images),
      workloads: new Map(this.#workloads),
    }
  }

  restore(state: RegistryState): void {
    this.#missing = new Set(state.missing)
    this.#down = new Set(state.down)
    this.#images = new Map(state.images)
    this.#workloads = new Map(state.workloads)
  }
}
