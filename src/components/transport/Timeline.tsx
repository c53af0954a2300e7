import { useContext, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { engine } from '../../app/engine-client.ts'
import { formatClock } from '../../app/format.ts'
import { usePreferences } from '../../app/preferences.ts'
import { rewind, seekBy, seekTo, toEnd } from '../../app/time-control.ts'
import { useSize } from '../../app/use-size.ts'
import { useWorld, WorldContext, worldStore } from '../../app/world-store.ts'
import { TICK_MS } from '../../sim/kernel/time.ts'
import { markWords } from './mark-words.ts'
import { extentOf, placeBranches, placeMarks, timeAt, xOf } from './timeline.layout.ts'
import s from './timeline.module.css'

const LANES = 2

/** The track: what has been reached, marks, branches, and the handle that is a slider. */
export function Timeline() {
  const { t } = useTranslation()
  const world = useContext(WorldContext)
  const [measure, { width }] = useSize()
  const track = useRef<HTMLDivElement>(null)
  const extent = useWorld(({ end, branches }) => extentOf(Math.max(end, ...branches.map((branch) => branch.end))))
  const raw = useWorld((world) => world.marks)
  const goals = useWorld((world) => world.goals)
  const language = usePreferences((preferences) => preferences.language)
  const [dragged, setDragged] = useState<number>()
  const marks = useMemo(
    () =>
      raw.map((mark) => {
        const goal = mark.type === 'goal' ? goals.find(({ id }) => id === mark.label) : undefined
        if (goal) return { ...mark, label: goal.show[language] }
        const words = markWords(mark)
        return { ...mark, label: words.type === 'verbatim' ? words.text : t(`fault.${words.kind}`, { target: words.target }) }
      }),
    [raw, goals, language, t],
  )
  const placed = useMemo(() => placeMarks(marks, extent, width), [marks, extent, width])

  const timeUnder = (event: PointerEvent): number => {
    const left = track.current?.getBoundingClientRect().x ?? 0
    return Math.min(worldStore.getState()[world].end, timeAt(event.clientX - left, extent, width))
  }
  const drag = (event: PointerEvent): void => {
    const at = timeUnder(event)
    setDragged(at)
    void seekTo(at)
  }
  return (
    <div className={s.timeline} ref={measure}>
      <div
        className={s.track}
        ref={track}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          drag(event)
        }}
        onPointerMove={(event) => dragged !== undefined && drag(event)}
        onPointerUp={(event) => {
          if (dragged === undefined) return
          void seekTo(timeUnder(event))
          setDragged(undefined)
        }}
        onPointerCancel={() => setDragged(undefined)}
      >
        <div className={s.rail} />
        <Reached extent={extent} />
        <Passed extent={extent} />
        {placed.map(({ mark, x, count }) => (
          <i
            key={mark.id}
            className={cx(s.tick, s[mark.type])}
            style={{ left: x }}
            title={`${formatClock(mark.at)} ${t(`transport.${mark.type}`)}: ${mark.label}${count > 1 ? ` ${t('transport.markMore', { count: count - 1 })}` : ''}`}
          />
        ))}
        <Handle extent={extent} width={width} dragged={dragged} />
      </div>
      <ul className={s.labels} aria-label={t('transport.marks')}>
        {placed.map(
          ({ mark, label, count }) =>
            label && (
              <li key={mark.id} style={{ left: label.x, width: label.width }} className={s[mark.type]}>
                <button
                  type="button"
                  onClick={() => void seekTo(mark.at)}
                  tabIndex={-1}
                  title={`${formatClock(mark.at)} ${mark.label}`}
                >
                  {mark.label}
                  {count > 1 && ` ${t('transport.markMore', { count: count - 1 })}`}
                </button>
              </li>
            ),
        )}
      </ul>
      <Branches extent={extent} width={width} />
    </div>
  )
}

/** A branch grows with every frame: what stands above is left alone. */
function Branches({ extent, width }: { readonly extent: number; readonly width: number }) {
  const { t } = useTranslation()
  const branches = useWorld((world) => world.branches)
  const current = useWorld((world) => world.branch)
  const lanes = useMemo(() => placeBranches(branches, extent, width, LANES), [branches, extent, width])
  return (
    lanes.length > 0 && (
      <ul className={s.branches} aria-label={t('transport.branches')}>
        {lanes.map(({ branch, from, to, lane }) => (
          <li key={branch.id} style={{ left: from, top: lane * 13 }}>
            <i style={{ width: to - from }} className={cx(branch.id === current && s.current)} />
            <button
              type="button"
              className={cx(branch.id === current && s.current)}
              aria-current={branch.id === current}
              title={t('transport.switchTo', { label: branch.label, time: formatClock(branch.forkedAt) })}
              onClick={() => void engine().switchBranch(branch.id)}
            >
              {t('transport.branch', { label: branch.label })}
            </button>
          </li>
        ))}
      </ul>
    )
  )
}

function Reached({ extent }: { readonly extent: number }) {
  const end = useWorld((world) => world.end)
  return <div className={s.reached} style={{ transform: `scaleX(${end / extent})` }} />
}

function Passed({ extent }: { readonly extent: number }) {
  const now = useWorld((world) => world.now)
  return <div className={s.passed} style={{ transform: `scaleX(${now / extent})` }} />
}

interface HandleProps {
  readonly extent: number
  readonly width: number
  readonly dragged: number | undefined
}

const PAGE_MS = 10_000

function Handle({ extent, width, dragged }: HandleProps) {
  const { t } = useTranslation()
  const now = useWorld((world) => world.now)
  const end = useWorld((world) => world.end)
  const at = dragged ?? now
  const pressed = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, () => Promise<void>>> = {
      ArrowLeft: () => seekBy(-TICK_MS),
      ArrowDown: () => seekBy(-TICK_MS),
      ArrowRight: () => seekBy(TICK_MS),
      ArrowUp: () => seekBy(TICK_MS),
      PageUp: () => seekBy(PAGE_MS),
      PageDown: () => seekBy(-PAGE_MS),
      Home: rewind,
      End: toEnd,
    }
    const step = steps[event.key]
    if (!step) return
    event.preventDefault()
    void step()
  }
  return (
    <div
      className={cx(s.handle, dragged !== undefined && s.dragged)}
      style={{ transform: `translateX(${xOf(at, extent, width)}px)` }}
      role="slider"
      tabIndex={0}
      aria-label={t('transport.now')}
      aria-valuemin={0}
      aria-valuemax={end}
      aria-valuenow={Math.round(at)}
      aria-valuetext={t('transport.valueText', { time: formatClock(at), end: formatClock(end) })}
      onKeyDown={pressed}
    >
      {dragged !== undefined && <output className={s.bubble}>{formatClock(at)}</output>}
    </div>
  )
}
