import { lazy, Suspense, useEffect, useRef, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Group, Panel, Separator, usePanelRef } from 'react-resizable-panels'
import { cx } from '../../app/class-names.ts'
import { useNarrow } from '../../app/use-media.ts'
import { cardShown, selected, useView } from '../../app/view-store.ts'
import { Boundary } from '../shell/Boundary.tsx'
import { EmptyState } from '../shell/EmptyState.tsx'
import { Stage } from '../stage/Stage.tsx'
import { Transport } from '../transport/Transport.tsx'
import { Workbench } from '../workbench/Workbench.tsx'
import s from './workspace.module.css'

const Inspector = lazy(() => import('../inspector/Inspector.tsx'))

interface Props {
  /** What stands left of the stage, and on a phone is the first card. */
  readonly aside?: undefined | { readonly title: string; readonly content: ReactNode }
  /** The inspector has its place even when nothing is selected. */
  readonly inspectorStays: boolean
  /** Buttons of this place in the stage's bar. */
  readonly actions?: ReactNode
}

/** Stage, tools, inspector and transport, in panes on a desk and in cards on a phone. */
export function Workspace({ aside, inspectorStays, actions }: Props) {
  const narrow = useNarrow()
  return (
    <div className={s.workspace}>
      {narrow ? <Cards aside={aside} actions={actions} /> : <Panes aside={aside} inspectorStays={inspectorStays} actions={actions} />}
      <Transport />
    </div>
  )
}

const STRIP_PX = 38

function Panes({ aside, inspectorStays, actions }: Props) {
  const { t } = useTranslation()
  const selecting = useView((view) => view.selection !== undefined)
  const open = useView((view) => view.workbenchOpen)
  const bench = usePanelRef()
  useEffect(() => {
    bench.current?.resize(open ? '216px' : `${STRIP_PX}px`)
  }, [open, bench])
  return (
    <Group orientation="horizontal" className={s.panes} id={aside ? 'lesson' : 'sandbox'}>
      {aside && (
        <>
          <Panel id="aside" defaultSize="372px" minSize="280px" maxSize="46%" groupResizeBehavior="preserve-pixel-size">
            <section className={s.aside} aria-label={aside.title}>
              {aside.content}
            </section>
          </Panel>
          <Separator className={s.handle} />
        </>
      )}
      <Panel id="middle" minSize="34%">
        <Group orientation="vertical" className={s.column}>
          <Panel id="stage" minSize="30%">
            <Boundary>
              <Stage actions={actions} />
            </Boundary>
          </Panel>
          <Separator className={cx(s.handle, s.flat)} disabled={!open} />
          <Panel
            id="bench"
            panelRef={bench}
            defaultSize={open ? '216px' : `${STRIP_PX}px`}
            minSize={open ? '110px' : `${STRIP_PX}px`}
            maxSize={open ? '70%' : `${STRIP_PX}px`}
            groupResizeBehavior="preserve-pixel-size"
          >
            <Workbench />
          </Panel>
        </Group>
      </Panel>
      {(inspectorStays || selecting) && (
        <>
          <Separator className={s.handle} />
          <Panel id="inspector" defaultSize="380px" minSize="260px" maxSize="50%" groupResizeBehavior="preserve-pixel-size">
            {selecting ? (
              <Boundary>
                <Suspense fallback={null}>
                  <Inspector />
                </Suspense>
              </Boundary>
            ) : (
              <aside className={s.nothing} aria-label={t('inspector.title')}>
                <EmptyState title={t('inspector.empty')} hint={t('inspector.emptyHint')} />
              </aside>
            )}
          </Panel>
        </>
      )}
    </Group>
  )
}

const cardAt = ({ scrollLeft, clientWidth }: HTMLElement): number => Math.round(scrollLeft / Math.max(1, clientWidth))

/** Two or three cards side by side that snap; the inspector rises as a sheet. */
function Cards({ aside, actions }: Pick<Props, 'aside' | 'actions'>) {
  const { t } = useTranslation()
  const card = useView((view) => view.card)
  const selecting = useView((view) => view.selection !== undefined)
  const scroller = useRef<HTMLDivElement>(null)
  /** The card that a press is scrolling to: those that pass by on the way are not shown. */
  const heading = useRef<number>(undefined)
  const titles = [...(aside ? [t('lesson.card')] : []), t('lesson.stageCard'), t('lesson.toolsCard')]
  const go = (index: number): void => {
    heading.current = index
    scroller.current?.scrollTo({ left: index * scroller.current.clientWidth, behavior: 'smooth' })
    cardShown(index)
  }
  const last = titles.length - 1
  const bench = useView((view) => view.workbenchAsked)
  const asked = useRef(bench)
  useEffect(() => {
    if (asked.current === bench) return
    asked.current = bench
    scroller.current?.scrollTo({ left: last * scroller.current.clientWidth })
    cardShown(last)
  }, [bench, last, asked, scroller])
  return (
    <div className={s.cards}>
      <nav className={s.dots} aria-label={t('lesson.cards')}>
        {titles.map((title, index) => (
          <button key={title} type="button" aria-current={index === card} onClick={() => go(index)}>
            {title}
          </button>
        ))}
      </nav>
      <div
        ref={scroller}
        className={s.scroller}
        onPointerDown={() => (heading.current = undefined)}
        onWheel={() => (heading.current = undefined)}
        onScroll={({ currentTarget }) => {
          if (cardAt(currentTarget) === heading.current) heading.current = undefined
          if (heading.current === undefined) cardShown(cardAt(currentTarget))
        }}
        onScrollEnd={({ currentTarget }) => {
          heading.current = undefined
          cardShown(cardAt(currentTarget))
        }}
      >
        {aside && (
          <section className={cx(s.card, s.aside)} aria-label={aside.title}>
            {aside.content}
          </section>
        )}
        <div className={s.card}>
          <Boundary>
            <Stage actions={actions} />
          </Boundary>
        </div>
        {/* Only while it is shown: a terminal that scrolls to its end would pull its card into view. */}
        <div className={s.card}>{card === last && <Workbench foldable={false} />}</div>
      </div>
      {selecting && (
        <div className={s.sheet}>
          <button type="button" className={s.grip} aria-label={t('app.close')} onClick={() => selected(undefined)} />
          <Boundary>
            <Suspense fallback={null}>
              <Inspector />
            </Suspense>
          </Boundary>
        </div>
      )}
    </div>
  )
}
