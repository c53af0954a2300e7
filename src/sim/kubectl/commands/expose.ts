import { groupKind } from '../../kubernetes/api/resources.ts'
import { withSavedConfig } from '../apply/last-applied.ts'
import { type Command, done } from '../command.ts'
import { check, errorOf, isFailure, messageOf } from '../failure.ts'
import { exposedPorts, labelText, selectorText, serviceObject } from '../generators/exposed-service.ts'
import { typedObject } from '../generators/generator.ts'
import { OVERRIDE_FLAGS, overridden } from '../generators/overrides.ts'
import { select } from '../resource-builder.ts'
import {
  answered,
  builderOptionsOf,
  DRY_RUN_FLAG,
  dryRunOf,
  fieldManagerFlag,
  FILENAME_FLAGS,
  isNamespaceGiven,
  ObjectPrinter,
  PRINT_FLAGS,
  RECORD_FLAG,
  recorded,
  SAVE_CONFIG_FLAG,
  warnOfRecord,
  writeOptions,
} from '../write-options.ts'

const EXPOSABLE = ['replicationcontrollers', 'services', 'pods', 'deployments.apps', 'replicasets.apps']
const NAME_MAX = 63

/** Models kubectl pkg/cmd/expose (v1.35). */
export const expose: Command = {
  path: ['expose'],
  summary: 'Create a Service for a workload, a Pod or a Service',
  usage:
    '(-f FILENAME | TYPE NAME) [--port=port] [--protocol=TCP|UDP|SCTP] [--target-port=number-or-name] [--name=name] [--external-ip=external-ip-of-service] [--type=type]',
  completes: 'resources',
  flags: [
    ...FILENAME_FLAGS,
    ...PRINT_FLAGS,
    DRY_RUN_FLAG,
    RECORD_FLAG,
    SAVE_CONFIG_FLAG,
    fieldManagerFlag('kubectl-expose'),
    ...OVERRIDE_FLAGS,
    { name: 'protocol', type: 'string', values: ['TCP', 'UDP', 'SCTP'], summary: 'Protocol of the ports' },
    { name: 'port', type: 'string', summary: 'Port of the Service' },
    {
      name: 'type',
      type: 'string',
      values: ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'],
      summary: 'Type of the Service',
    },
    { name: 'load-balancer-ip', type: 'string', summary: 'Address of the load balancer' },
    { name: 'selector', type: 'string', meaning: 'label', summary: 'Label selector of the Pods' },
    { name: 'labels', shorthand: 'l', type: 'string', summary: 'Labels of the Service' },
    { name: 'target-port', type: 'string', summary: 'Port of the containers' },
    { name: 'external-ip', type: 'string', summary: 'Further address' },
    { name: 'name', type: 'string', summary: 'Name of the Service' },
    { name: 'session-affinity', type: 'string', values: ['None', 'ClientIP'], summary: 'Do clients keep their Pod?' },
    { name: 'cluster-ip', type: 'string', summary: 'Address, or None for a headless Service' },
  ],
  run(invocation) {
    const { args, env, flags, namespace } = invocation
    warnOfRecord(invocation)
    const dryRun = dryRunOf(invocation)
    const printer = new ObjectPrinter(invocation, dryRun)
    const selection = select({ ...builderOptionsOf(invocation), enforceNamespace: isNamespaceGiven(invocation), args })
    check(selection.failure)
    check(
      selection.visit((info) => {
        const object = info.object!
        if (!EXPOSABLE.includes(info.resource.key)) return errorOf(`cannot expose a ${groupKind(info.resource)}`)
        const selector = flags.string('selector') || selectorText(object)
        if (typeof selector !== 'string')
          return errorOf(`couldn't retrieve selectors via --selector flag or introspection: ${messageOf(selector)}`)
        const protocols = exposedPorts(object)
        const ports = flags.string('port') || [...protocols.keys()].join(',')
        if (ports === '' && flags.string('cluster-ip') !== 'None')
          return errorOf("couldn't find port via --port flag or introspection")
        const service = serviceObject({
          name: flags.string('name') || info.name.slice(0, NAME_MAX),
          selector,
          labels: flags.string('labels') || labelText(object.metadata.labels),
          ports,
          protocols,
          protocol: flags.string('protocol'),
          targetPort: flags.string('target-port'),
          type: flags.string('type'),
          externalIp: flags.string('external-ip'),
          loadBalancerIp: flags.string('load-balancer-ip'),
          sessionAffinity: flags.string('session-affinity'),
          clusterIp: flags.string('cluster-ip'),
        })
        if (isFailure(service)) return service
        const made = recorded(invocation, overridden(invocation, typedObject(env, service)))
        if (dryRun === 'client')
          return printer.print(
            isNamespaceGiven(invocation) ? { ...made, metadata: { ...made.metadata, namespace } } : made,
            'exposed',
          )
        const answer = answered(
          invocation,
          env.api.create(
            'services',
            namespace,
            withSavedConfig(made, flags.bool('save-config')),
            writeOptions(invocation, dryRun),
          ),
        )
        return 'failure' in answer ? answer.failure : printer.print(answer.object, 'exposed')
      }),
    )
    return done()
  },
}
