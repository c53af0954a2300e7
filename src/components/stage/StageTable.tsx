import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import type { PodView } from '../../engine/protocol.ts'
import { formatCpu, formatGib } from '../../app/format.ts'
import { nodeSelected, podSelected, useView } from '../../app/view-store.ts'
import { useWorld } from '../../app/world-store.ts'
import { hostTrouble, isDim } from './pod-look.ts'
import s from './stage-table.module.css'

const ROW = 30

/** The same cluster as two tables: for screen readers, for copying, and for who prefers words. */
export default function StageTable() {
  const { t } = useTranslation()
  const nodes = useWorld((world) => world.nodes)
  const names = useWorld((world) => world.nodeNames)
  const pods = useWorld((world) => world.pods)
  const namespace = useView((view) => view.namespace)
  const search = useView((view) => view.search)
  const shown = useMemo(
    () => [...pods.values()].filter((pod) => !isDim(pod, namespace, search)).sort((a, b) => (a.id < b.id ? -1 : 1)),
    [pods, namespace, search],
  )
  return (
    <div className={s.tables}>
      <table className={s.table}>
        <caption>{t('stage.nodes')}</caption>
        <thead>
          <tr>
            {['NAME', 'STATUS', t('stage.truth'), 'ZONE', 'CPU', 'MEMORY', 'PODS'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {names.flatMap((name) => {
            const node = nodes.get(name)
            if (!node || (search !== '' && !name.includes(search) && shown.every((pod) => pod.node !== name))) return []
            const trouble = hostTrouble(node)
            return [
              <tr key={name} data-differs={node.differs}>
                <th scope="row">
                  <button type="button" onClick={() => nodeSelected(name)}>
                    {name}
                  </button>
                </th>
                <td>{`${node.ready === 'Ready' ? 'Ready' : 'NotReady'}${node.unschedulable ? ',SchedulingDisabled' : ''}`}</td>
                <td>{trouble ?? 'on'}</td>
                <td>{node.zone}</td>
                <td>{`${formatCpu(node.requested.cpuMilli)} / ${formatCpu(node.allocatable.cpuMilli)}`}</td>
                <td>{`${formatGib(node.requested.memoryBytes)} / ${formatGib(node.allocatable.memoryBytes)} Gi`}</td>
                <td>{`${node.requested.pods} / ${node.allocatable.pods}`}</td>
              </tr>,
            ]
          })}
        </tbody>
      </table>
      <Pods pods={shown} />
    </div>
  )
}

function Pods({ pods }: { readonly pods: readonly PodView[] }) {
  const scroller = useRef<HTMLDivElement>(null)
  // Its functions change with every scroll; nothing here keeps them.
  // oxlint-disable-next-line react/incompatible-library
  const rows = useVirtualizer({
    count: pods.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 12,
  })
  const items = rows.getVirtualItems()
  const before = items[0]?.start ?? 0
  const after = rows.getTotalSize() - (items.at(-1)?.end ?? 0)
  return (
    // Scrolls by keys as well.
    <div ref={scroller} className={s.scroll} tabIndex={0} role="group" aria-label="Pods" data-own-keys>
      <table className={s.table} aria-rowcount={pods.length}>
        <caption>Pods</caption>
        <thead>
          <tr>
            {['NAMESPACE', 'NAME', 'READY', 'STATUS', 'RESTARTS', 'NODE', 'IP'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {before > 0 && <tr aria-hidden="true" style={{ height: before }} />}
          {items.flatMap(({ index }) => {
            const pod = pods[index]
            return pod
              ? [
                  <tr key={pod.id} aria-rowindex={index + 1} data-differs={pod.differs}>
                    <td>{pod.namespace}</td>
                    <th scope="row">
                      <button type="button" onClick={() => podSelected(pod.id)}>
                        {pod.name}
                      </button>
                    </th>
                    <td>{`${pod.readyContainers}/${pod.containers}`}</td>
                    <td title={pod.waitingFor}>{pod.status}</td>
                    <td>{pod.restarts}</td>
                    <td>{pod.node ?? '<none>'}</td>
                    <td>{pod.ip === '' ? '<none>' : pod.ip}</td>
                  </tr>,
                ]
              : []
          })}
          {after > 0 && <tr aria-hidden="true" style={{ height: after }} />}
        </tbody>
      </table>
    </div>
  )
}
