import type { AnyObject, ServicePort } from '../../api/types.ts'
import { each, fill, within } from './fill.ts'

/** Models pkg/apis/networking/v1/defaults.go and pkg/apis/discovery/v1/defaults.go (v1.35). */

interface PolicyPort {
  readonly protocol?: string
}
interface PolicySpec {
  readonly policyTypes?: readonly string[]
  readonly ingress?: readonly { readonly ports?: readonly PolicyPort[] }[]
  readonly egress?: readonly { readonly ports?: readonly PolicyPort[] }[]
}

const withPortDefaults = <T extends { readonly ports?: readonly PolicyPort[] }>(rule: T): T =>
  within(rule, 'ports', (ports: readonly PolicyPort[]) => each(ports, (port) => fill(port, { protocol: 'TCP' })))

export const withNetworkPolicyDefaults = (object: AnyObject): AnyObject =>
  within(object as AnyObject & { readonly spec: PolicySpec }, 'spec', (given) => {
    const policyTypes = ['Ingress', ...((given.egress?.length ?? 0) > 0 ? ['Egress'] : [])]
    let spec = given.policyTypes?.length ? given : { ...given, policyTypes }
    spec = within(spec, 'ingress', (rules) => each(rules, withPortDefaults))
    return within(spec, 'egress', (rules) => each(rules, withPortDefaults))
  })

export const withEndpointSliceDefaults = (object: AnyObject): AnyObject =>
  within(object as AnyObject & { readonly ports?: readonly Partial<ServicePort>[] }, 'ports', (ports) =>
    each(ports, (port) => fill(port, { name: '', protocol: 'TCP' })),
  )

interface Parameters {
  readonly scope?: string
}
export const withIngressClassDefaults = (object: AnyObject): AnyObject =>
  within(object as AnyObject & { readonly spec?: { readonly parameters?: Parameters } }, 'spec', (spec) =>
    within(spec, 'parameters', (parameters) => fill(parameters, { scope: 'Cluster' })),
  )
