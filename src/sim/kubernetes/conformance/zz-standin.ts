import { Component } from '../../kernel/component.ts'
import { CONTROL_PLANE_HOST } from '../../infrastructure/network.ts'
import type { Api } from '../api/client.ts'
import { Informers } from '../apiserver/informer.ts'
import type { ClusterContext } from '../cluster.ts'
import { Recorder } from '../events/recorder.ts'
import type { Pod } from '../api/types.ts'
export class StandIn extends Component {
  #i: Informers
  #api: Api
  #rec: Recorder
  #n = 0
  constructor(c: ClusterContext) {
    super(c.kernel, 'kube-scheduler')
    this.#api = c.connect('kube-scheduler', CONTROL_PLANE_HOST)
    this.#rec = new Recorder({
      kernel: c.kernel,
      api: c.connect('kube-scheduler', CONTROL_PLANE_HOST, true),
      component: 'default-scheduler',
      shape: 'new',
    })
    this.#i = new Informers({
      kernel: c.kernel,
      hub: c.hub,
      store: c.store,
      name: this.name,
      host: CONTROL_PLANE_HOST,
      resources: ['pods', 'nodes'],
      onBroken: () => {},
      onChange: (ch) => {
        const p = ch.object as unknown as Pod
        if (ch.resource === 'pods' && ch.type === 'ADDED' && !p.spec.nodeName)
          this.after(6, 'go', [p.metadata.namespace, p.metadata.name])
      },
    })
  }
  protected handle(_k: string, b: unknown): void {
    const [ns, name] = b as [string, string]
    const nodes = [...this.#i.list('nodes')].filter(
      (n) => !(n['spec'] as any)?.unschedulable && !(n['spec'] as any)?.taints?.length,
    )
    if (!nodes.length) return
    const pod = this.#i.get('pods', ns, name)
    if (!pod) return
    const sel = (pod['spec'] as any).nodeSelector ?? {}
    const fit = nodes.filter((n) => Object.entries(sel).every(([k, v]) => n.metadata.labels?.[k] === v))
    const node = fit[this.#n++ % Math.max(1, fit.length)]
    if (!node) return
    const r = this.#api.create(
      'pods',
      ns,
      {
        apiVersion: 'v1',
        kind: 'Binding',
        metadata: { name, namespace: ns },
        target: { kind: 'Node', name: node.metadata.name },
      } as any,
      { subresource: 'binding', name },
    )
    if (r.ok)
      this.#rec.record(pod, 'Normal', 'Scheduled', `Successfully assigned ${ns}/${name} to ${node.metadata.name}`, {
        action: 'Binding',
      })
  }
  protected onStart() {
    this.#i.start()
  }
  protected onStop() {}
  protected save() {
    return null
  }
  protected load() {}
}
