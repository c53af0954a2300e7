import { quantityMilliValue, quantityValue } from '../api/quantity.ts'
import type { Container, ContainerStatus, KeySelector, Pod, PodStatus } from '../api/types.ts'

/** What `generateContainerConfig` needs to look up. */
export interface ConfigSource {
  get(
    resource: 'configmaps' | 'secrets',
    namespace: string,
    name: string,
  ): { readonly data?: Readonly<Record<string, string>> } | undefined
}

/** Why a container's configuration cannot be made, or undefined. Models kubelet makeEnvironmentVariables and verifyRunAsNonRoot. */
export function configError(pod: Pod, container: Container, source: ConfigSource): string | undefined {
  const namespace = pod.metadata.namespace ?? 'default'
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef && !configMapRef.optional && !source.get('configmaps', namespace, configMapRef.name ?? ''))
      return `configmap "${configMapRef.name}" not found`
    if (secretRef && !secretRef.optional && !source.get('secrets', namespace, secretRef.name ?? ''))
      return `secret "${secretRef.name}" not found`
  }
  for (const { valueFrom } of container.env ?? []) {
    const missing =
      missingKey('configmaps', 'configmap', 'ConfigMap', valueFrom?.configMapKeyRef, namespace, source) ??
      missingKey('secrets', 'secret', 'Secret', valueFrom?.secretKeyRef, namespace, source)
    if (missing !== undefined) return missing
  }
  const ofPod = (pod.spec.securityContext ?? {}) as { runAsNonRoot?: boolean; runAsUser?: number }
  const own = (container.securityContext ?? {}) as { runAsNonRoot?: boolean; runAsUser?: number }
  const user = own.runAsUser ?? ofPod.runAsUser
  if ((own.runAsNonRoot ?? ofPod.runAsNonRoot) && (user === undefined || user === 0)) {
    const where = `(pod: "${pod.metadata.name}_${namespace}(${pod.metadata.uid})", container: ${container.name})`
    return user === 0
      ? `container's runAsUser breaks non-root policy ${where}`
      : `container has runAsNonRoot and image will run as root ${where}`
  }
  return undefined
}

function missingKey(
  resource: 'configmaps' | 'secrets',
  noun: string,
  kind: string,
  selector: KeySelector | undefined,
  namespace: string,
  source: ConfigSource,
): string | undefined {
  if (!selector || selector.optional) return undefined
  const name = selector.name ?? ''
  const object = source.get(resource, namespace, name)
  if (!object) return `${noun} "${name}" not found`
  return object.data && selector.key in object.data
    ? undefined
    : `couldn't find key ${selector.key} in ${kind} ${namespace}/${name}`
}

/** Changes when a running container has to be replaced. Models kubecontainer.HashContainer (v1.35): name and image only. */
export const containerHash = ({ name, image = '' }: Container): string => `${name}\n${image}`

const amount = (text: string | undefined, milli: boolean): number =>
  text === undefined ? 0 : milli ? quantityMilliValue(text) : quantityValue(text)

export function runtimeResources(container: Container): {
  readonly memoryLimitBytes: number
  readonly cpuLimitMilli: number
  readonly memoryRequestBytes: number
  readonly cpuRequestMilli: number
} {
  const { requests = {}, limits = {} } = container.resources ?? {}
  return {
    memoryLimitBytes: amount(limits['memory'], false),
    cpuLimitMilli: amount(limits['cpu'], true),
    memoryRequestBytes: amount(requests['memory'] ?? limits['memory'], false),
    cpuRequestMilli: amount(requests['cpu'] ?? limits['cpu'], true),
  }
}

export const statusesOfKind = (status: PodStatus, isInit: boolean): readonly ContainerStatus[] =>
  (isInit ? status.initContainerStatuses : status.containerStatuses) ?? []
