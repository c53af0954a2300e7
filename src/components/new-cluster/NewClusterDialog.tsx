import { useEffect, useId, useState, type FormEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { engine, openOrSay } from '../../app/engine-client.ts'
import { Dialog } from '../shell/Dialog.tsx'
import { clusterText, DEFAULT_CLUSTER, LIMITS, RELEASE_NAMES, type ClusterChoice } from './cluster-text.ts'
import s from './new-cluster.module.css'

/** What ran until now becomes a step of the browser's history: Back opens it as a link does. */
function keepInHistory(payload: string): void {
  const here = location.hash
  history.replaceState(history.state, '', `#v1.${payload}`)
  history.pushState(null, '', here)
}

/** Asks for the size of a new cluster and opens it. */
export default function NewClusterDialog({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation('panels')
  const [choice, setChoice] = useState<ClusterChoice>(DEFAULT_CLUSTER)
  /** What runs now, as a link; undefined: not there yet; null: too large for one. */
  const [running, setRunning] = useState<string | null>()
  useEffect(() => {
    void engine()
      .share()
      .then((payload) => setRunning(payload ?? null))
  }, [])
  const create = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    if (running) keepInHistory(running)
    await openOrSay({ type: 'text', name: 'new-cluster', text: clusterText(choice) })
    onClose()
  }
  const number = (field: keyof typeof LIMITS, unit = '') => (
    <NumberField
      label={t(`newCluster.${field}`)}
      unit={unit}
      value={choice[field]}
      limits={LIMITS[field]}
      onChange={(value) => setChoice({ ...choice, [field]: value })}
    />
  )
  return (
    <Dialog title={t('newCluster.title')} onClose={onClose}>
      <form className={s.form} onSubmit={(event) => void create(event)}>
        {number('nodes')}
        {number('zones')}
        {number('cpu')}
        {number('memory', 'Gi')}
        <label>
          {t('newCluster.release')}
          <select
            className="select"
            value={choice.release}
            onChange={(event) => setChoice({ ...choice, release: event.target.value })}
          >
            {RELEASE_NAMES.map((release) => (
              <option key={release}>{release}</option>
            ))}
          </select>
        </label>
        {number('seed')}
        <p>{t(running === null ? 'newCluster.notKept' : 'newCluster.kept')}</p>
        <div className={s.actions}>
          <button type="submit" className="button primary" disabled={running === undefined}>
            {t('newCluster.create')}
          </button>
          <button type="button" className="button" onClick={onClose}>
            {t('newCluster.cancel')}
          </button>
        </div>
      </form>
    </Dialog>
  )
}

interface NumberFieldProps {
  readonly label: string
  readonly unit: string
  readonly value: number
  readonly limits: readonly [least: number, most: number]
  readonly onChange: (value: number) => void
}

/** The browser says what is wrong with a number, in its own words, and sends no form until it is right. */
function NumberField({ label, unit, value, limits: [min, max], onChange }: NumberFieldProps) {
  const id = useId()
  return (
    <div className={s.field}>
      <label htmlFor={id}>{label}</label>
      <span>
        <input
          id={id}
          className="input"
          type="number"
          required
          inputMode="numeric"
          min={min}
          max={max}
          step={1}
          value={Number.isNaN(value) ? '' : value}
          onChange={(event) => onChange(event.target.valueAsNumber)}
        />
        {unit}
      </span>
    </div>
  )
}
