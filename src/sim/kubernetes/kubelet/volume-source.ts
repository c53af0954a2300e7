import type { Pod, Volume } from '../api/types.ts'

export interface VolumeLookup {
  config(
    resource: 'configmaps' | 'secrets',
    namespace: string,
    name: string,
  ): { readonly data?: Readonly<Record<string, string>> } | undefined
  claim(namespace: string, name: string): { readonly status?: { readonly phase?: string } } | undefined
}

type Items = readonly { readonly key: string; readonly path: string }[] | undefined

/** Published into every namespace by a controller that this simulator leaves out. */
const ROOT_CA = 'kube-root-ca.crt'
/** Directories that every host has. */
const HOST_DIRECTORIES = /^\/(etc|var|run|tmp|usr|opt|lib|proc|sys|dev|home|mnt|srv)?(\/|$)/

function configVolumeError(
  kind: 'configmap' | 'secret',
  namespace: string,
  name: string,
  optional: boolean | undefined,
  items: Items,
  lookup: VolumeLookup,
): string | undefined {
  if (kind === 'configmap' && name === ROOT_CA) return undefined
  const object = lookup.config(kind === 'configmap' ? 'configmaps' : 'secrets', namespace, name)
  if (!object) return optional ? undefined : `${kind} "${name}" not found`
  if (optional) return undefined
  for (const { key } of items ?? [])
    if (!(key in (object.data ?? {})))
      return kind === 'configmap'
        ? `configmap references non-existent config key: ${key}`
        : `references non-existent secret key: ${key}`
  return undefined
}

/** Why a volume cannot be mounted: the event's text, '' to wait in silence, undefined when it can. Models pkg/volume/* SetUp (v1.35). */
export function volumeError(pod: Pod, volume: Volume, lookup: VolumeLookup): string | undefined {
  const namespace = pod.metadata.namespace ?? 'default'
  const { configMap, secret, hostPath, persistentVolumeClaim } = volume
  if (configMap)
    return configVolumeError('configmap', namespace, configMap.name ?? '', configMap.optional, configMap.items, lookup)
  if (secret) return configVolumeError('secret', namespace, secret.secretName ?? '', secret.optional, secret.items, lookup)
  if (hostPath) {
    const type = hostPath.type ?? ''
    if (type === '' || type.endsWith('OrCreate')) return undefined
    if (HOST_DIRECTORIES.test(hostPath.path)) return undefined
    const noun = {
      Directory: 'a directory',
      File: 'a file',
      Socket: 'a socket file',
      CharDevice: 'a character device',
      BlockDevice: 'a block device',
    }[type]
    return noun === undefined ? undefined : `hostPath type check failed: ${hostPath.path} is not ${noun}`
  }
  if (persistentVolumeClaim)
    return lookup.claim(namespace, persistentVolumeClaim.claimName)?.status?.phase === 'Bound' ? undefined : ''
  const projected = volume['projected'] as
    | {
        sources?: readonly {
          configMap?: { name?: string; optional?: boolean; items?: Items }
          secret?: { name?: string; optional?: boolean; items?: Items }
        }[]
      }
    | undefined
  for (const { configMap: map, secret: hidden } of projected?.sources ?? []) {
    const error = map
      ? configVolumeError('configmap', namespace, map.name ?? '', map.optional, map.items, lookup)
      : hidden
        ? configVolumeError('secret', namespace, hidden.name ?? '', hidden.optional, hidden.items, lookup)
        : undefined
    if (error !== undefined) return error
  }
  return undefined
}
