import { lazy, Suspense, useContext, useEffect, type MouseEvent, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import {
  componentSelected,
  menuAsked,
  nodeSelected,
  podSelected,
  selected,
  serviceSelected,
  useView,
  type Selection,
} from '../../app/view-store.ts'
import { useWorld, WorldContext } from '../../app/world-store.ts'
import { ControlPlane } from './ControlPlane.tsx'
import { EmptyCluster } from './EmptyCluster.tsx'
import { flightLayer, jumped } from './flights.ts'
import { NodesArea } from './NodesArea.tsx'
import { PulseLayer } from './PulseLayer.tsx'
import { ServicesLane } from './ServicesLane.tsx'
import { StageBar } from './StageBar.tsx'
import { StageSummary } from './StageSummary.tsx'
import { WaitingRoom } from './WaitingRoom.tsx'
import s from './stage.module.css'

const StageTable = lazy(() => import('./StageTable.tsx'))
const ActionMenu = lazy(() => import('./ActionMenu.tsx'))

/** Elements say what they are in `data-select`: `pod:namespace/name`, `node:name`, `services:namespace/name`, `component:name`. */
function selectionOf(text: string): Selection | undefined {
  const colon = text.indexOf(':')
  const [type, rest] = [text.slice(0, colon), text.slice(colon + 1)]
  if (type === 'component') return { type: 'component', name: rest }
  const [namespace, name] = rest.includes('/') ? rest.split('/') : ['', rest]
  const resource = { pod: 'pods', node: 'nodes', services: 'services' }[type]
  return resource === undefined || namespace === undefined || name === undefined
    ? undefined
    : { type: 'object', key: { resource, namespace, name } }
}

function select(text: string): void {
  const id = text.slice(text.indexOf(':') + 1)
  if (text.startsWith('pod:')) podSelected(id)
  else if (text.startsWith('node:')) nodeSelected(id)
  else if (text.startsWith('services:')) serviceSelected(id)
  else if (text.startsWith('component:')) componentSelected(id)
  else selected(undefined)
}

const closest = (event: MouseEvent, attribute: string): HTMLElement | null =>
  event.target instanceof Element ? event.target.closest<HTMLElement>(`[${attribute}]`) : null

function clicked(event: MouseEvent): void {
  const more = closest(event, 'data-more')
  if (more) {
    const selection = selectionOf(more.dataset['more'] ?? '')
    const { right, bottom } = more.getBoundingClientRect()
    if (selection) menuAsked({ selection, x: right - 8, y: bottom })
    return
  }
  const target = closest(event, 'data-select')
  if (target) select(target.dataset['select'] ?? '')
}

function menuWanted(event: MouseEvent): void {
  const target = closest(event, 'data-select') ?? closest(event, 'data-menu')
  const selection = selectionOf(target?.dataset['select'] ?? target?.dataset['menu'] ?? '')
  if (!target || !selection) return
  event.preventDefault()
  // From the keyboard there is no pointer: the menu opens at the element.
  const { x, bottom } = target.getBoundingClientRect()
  menuAsked(
    event.clientX === 0 && event.clientY === 0 ? { selection, x, y: bottom } : { selection, x: event.clientX, y: event.clientY },
  )
}

/** The cluster as a picture. Everything on it can be selected; the handlers live here once, not on a thousand tiles. */
export function Stage({ bar = true, actions }: { readonly bar?: boolean; readonly actions?: ReactNode }) {
  const { t } = useTranslation()
  const world = useContext(WorldContext)
  const drawing = useView((view) => view.drawing)
  const layer = useView((view) => view.layer)
  const menu = useView((view) => view.menu)
  const epoch = useWorld(({ epoch }) => epoch)
  useEffect(jumped, [epoch])
  return (
    // Clicks bubble from the buttons inside; the section itself is not a control.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events
    <section
      className={cx(s.stage)}
      aria-label={t('stage.title')}
      data-layer={layer}
      data-world={world}
      onClick={clicked}
      onContextMenu={menuWanted}
    >
      {bar && <StageBar actions={actions} />}
      <StageSummary />
      {drawing === 'table' ? (
        <Suspense fallback={null}>
          <StageTable />
        </Suspense>
      ) : (
        <>
          <ControlPlane />
          <WaitingRoom />
          <NodesArea />
          <ServicesLane />
          <EmptyCluster />
          <PulseLayer />
        </>
      )}
      {world === 'main' && <div ref={flightLayer} className={s.flights} aria-hidden="true" />}
      {world === 'main' && menu && (
        <Suspense fallback={null}>
          <ActionMenu request={menu} />
        </Suspense>
      )}
    </section>
  )
}
