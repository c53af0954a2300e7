import { ChevronDown, ChevronUp } from 'lucide-react'
import { lazy, Suspense, useId, type ComponentType, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { useView, workbenchTabChosen, workbenchTabs, workbenchToggled, type WorkbenchTab } from '../../app/view-store.ts'
import { useWorld } from '../../app/world-store.ts'
import { Boundary } from '../shell/Boundary.tsx'
import { EmptyState } from '../shell/EmptyState.tsx'
import s from './workbench.module.css'

/** What each tab shows, loaded when first opened. */
const panels: Readonly<Record<WorkbenchTab, ComponentType>> = {
  terminal: lazy(() => import('../terminal/Terminal.tsx')),
  editor: lazy(() => import('../editor/Editor.tsx')),
  events: lazy(() => import('../events/EventsList.tsx')),
  traffic: lazy(() => import('../traffic/TrafficChart.tsx')),
}

function EventCount() {
  const warnings = useWorld((world) => world.warnings)
  return warnings > 0 ? <small className={s.count}>{warnings > 99 ? '99+' : warnings}</small> : null
}

/** Arrow keys move between tabs, as the pattern for tabs asks. */
function moved(event: KeyboardEvent, current: WorkbenchTab): void {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
  if (step === undefined) return
  const next = workbenchTabs[(workbenchTabs.indexOf(current) + step + workbenchTabs.length) % workbenchTabs.length]
  if (!next) return
  event.preventDefault()
  workbenchTabChosen(next)
  document.getElementById(`workbench-${next}`)?.focus()
}

/** The tools below the stage: a strip of tabs that opens. `foldable`: it may be only the strip. */
export function Workbench({ foldable = true }: { readonly foldable?: boolean }) {
  const { t } = useTranslation()
  const tab = useView((view) => view.workbenchTab)
  const wanted = useView((view) => view.workbenchOpen)
  const open = wanted || !foldable
  const panel = useId()
  const Panel = panels[tab]
  return (
    <section className={cx(s.workbench, open && s.open)} aria-label={t('workbench.title')}>
      <div className={s.strip}>
        <div className={s.tabs} role="tablist" aria-label={t('workbench.title')}>
          {workbenchTabs.map((each) => (
            <button
              key={each}
              id={`workbench-${each}`}
              type="button"
              role="tab"
              aria-selected={open && each === tab}
              aria-controls={panel}
              tabIndex={each === tab ? 0 : -1}
              className={cx(s.tab, open && each === tab && s.on)}
              onClick={() => workbenchTabChosen(each)}
              onKeyDown={(event) => moved(event, each)}
            >
              {t(`workbench.${each}`)}
              {each === 'events' && <EventCount />}
            </button>
          ))}
        </div>
        {foldable && (
          <button
            type="button"
            className="iconButton"
            aria-expanded={open}
            aria-label={open ? t('workbench.close') : t('workbench.open')}
            title={open ? t('workbench.close') : t('workbench.open')}
            onClick={() => workbenchToggled(!open)}
          >
            {open ? <ChevronDown size={18} /> : <ChevronUp size={18} />}
          </button>
        )}
      </div>
      <div id={panel} role="tabpanel" aria-labelledby={`workbench-${tab}`} className={s.panel} hidden={!open}>
        {open && (
          <Boundary key={tab}>
            <Suspense fallback={<EmptyState title={t('app.loading')} busy />}>
              <Panel />
            </Suspense>
          </Boundary>
        )}
      </div>
    </section>
  )
}
