import { X } from 'lucide-react'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import { selected, useView } from '../../app/view-store.ts'
import { WorldContext } from '../../app/world-store.ts'
import type { ObjectKey } from '../../engine/protocol.ts'
import { useInspection } from '../inspector/use-inspection.ts'
import { Boundary } from '../shell/Boundary.tsx'
import { EmptyState } from '../shell/EmptyState.tsx'
import s from './compare-schedulers.module.css'

const SchedulerPanel = lazy(() => import('../inspector/SchedulerPanel.tsx'))

/** What both schedulers decided about the selected Pod, side by side. */
export function Decisions() {
  const { t } = useTranslation()
  const { t: tp } = useTranslation('panels')
  const selection = useView((view) => view.selection)
  if (selection?.type !== 'object' || selection.key.resource !== 'pods') return <p className={s.hint}>{tp('race.selectPod')}</p>
  const { key } = selection
  return (
    <section className={s.decisions} aria-label={tp('race.decisions', { pod: key.name })}>
      <header>
        <h2 className="mono">{key.name}</h2>
        <button type="button" className="iconButton" aria-label={t('app.close')} onClick={() => selected(undefined)}>
          <X size={18} />
        </button>
      </header>
      {(['main', 'other'] as const).map((world) => (
        <WorldContext key={world} value={world}>
          <div role="group" aria-labelledby={`decision-${world}`}>
            <h3 id={`decision-${world}`}>{t(world === 'main' ? 'compare.left' : 'compare.right')}</h3>
            <Boundary>
              <Suspense fallback={<EmptyState title={t('app.loading')} busy />}>
                <DecisionOf podKey={key} />
              </Suspense>
            </Boundary>
          </div>
        </WorldContext>
      ))}
    </section>
  )
}

function DecisionOf({ podKey }: { readonly podKey: ObjectKey }) {
  const inspection = useInspection(podKey)
  return inspection && <SchedulerPanel inspection={inspection} />
}
