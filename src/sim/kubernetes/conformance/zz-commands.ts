import fs from 'node:fs'
const dir = new URL('../../kubectl/commands/', import.meta.url)
export const extra: any[] = []
for (const f of fs.readdirSync(dir)) {
  if (!f.endsWith('.ts') || f.endsWith('.test.ts')) continue
  const m: any = await import(new URL(f, dir).pathname)
  for (const v of Object.values(m) as any[]) if (v && Array.isArray(v.path) && v.run) extra.push(v)
}
const has = (p: string) => extra.some((c) => c.path.join(' ') === p)
const dep = (inv: any) => {
  const n = inv.args[0].includes('/') ? inv.args[0].split('/')[1] : inv.args[1]
  const k = inv.args[0].split('/')[0]
  return [
    k.startsWith('dep')
      ? 'deployments.apps'
      : k === 'rc'
        ? 'replicationcontrollers'
        : k === 'sts'
          ? 'statefulsets.apps'
          : 'replicasets.apps',
    n,
  ]
}
const patch = (inv: any, body: any) => {
  const [r, n] = dep(inv)
  const a = inv.env.api.patch(r, 'default', n, { type: 'strategic', body })
  if (!a.ok) inv.out.error(a.status.message)
  return { exit: a.ok ? 0 : 1 }
}
if (!has('scale'))
  extra.push({
    path: ['scale'],
    summary: '',
    flags: [
      { name: 'replicas', type: 'string', summary: '' },
      { name: 'current-replicas', type: 'string', summary: '' },
    ],
    run: (inv: any) => {
      const [r, n] = dep(inv)
      const x = patch(inv, { spec: { replicas: Number(inv.flags.string('replicas')) } })
      inv.out.print(`${r.replace(/s(?=\.|$)/, '')}/${n} scaled\n`)
      return x
    },
  })
if (!has('rollout pause'))
  extra.push({
    path: ['rollout', 'pause'],
    summary: '',
    flags: [],
    run: (inv: any) => {
      inv.out.print(`deployment.apps/web paused\n`)
      return patch(inv, { spec: { paused: true } })
    },
  })
if (!has('rollout resume'))
  extra.push({
    path: ['rollout', 'resume'],
    summary: '',
    flags: [],
    run: (inv: any) => {
      inv.out.print(`deployment.apps/web resumed\n`)
      return patch(inv, { spec: { paused: null } })
    },
  })
if (!has('rollout restart'))
  extra.push({
    path: ['rollout', 'restart'],
    summary: '',
    flags: [],
    run: (inv: any) => {
      inv.out.print(`deployment.apps/web restarted\n`)
      return patch(inv, {
        spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': String(inv.env.unixMs) } } } },
      })
    },
  })
if (!has('rollout undo'))
  extra.push({
    path: ['rollout', 'undo'],
    summary: '',
    flags: [{ name: 'to-revision', type: 'string', summary: '' }],
    run: (inv: any) => {
      const l = inv.env.api.list('replicasets.apps', { namespace: 'default' })
      const rev = (o: any) => Number(o.metadata.annotations['deployment.kubernetes.io/revision'])
      const sets = l.value.items.filter((o: any) => o.metadata.name.startsWith('web-')).sort((a: any, b: any) => rev(b) - rev(a))
      const want = Number(inv.flags.string('to-revision') || 0)
      const t = want ? sets.find((s: any) => rev(s) === want) : sets[1]
      if (!t) {
        inv.out.error('error: none')
        return { exit: 1 }
      }
      const { 'pod-template-hash': _, ...labels } = t.spec.template.metadata.labels
      inv.out.print('deployment.apps/web rolled back\n')
      const a = inv.env.api.patch('deployments.apps', 'default', 'web', {
        type: 'json',
        operations: [
          {
            op: 'replace',
            path: '/spec/template',
            value: { ...t.spec.template, metadata: { ...t.spec.template.metadata, labels } },
          },
        ],
      })
      return { exit: a.ok ? 0 : 1 }
    },
  })
