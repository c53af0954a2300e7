import { lazy, Suspense, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { engine } from '../../app/engine-client.ts'
import type { Diagnostic } from '../../engine/protocol.ts'
import { EmptyState } from '../shell/EmptyState.tsx'
import { type Preset, presetNames, presets } from './presets.ts'
import s from './compare-schedulers.module.css'

const YamlEditor = lazy(() => import('../editor/YamlEditor.tsx'))

const check = (text: string): Promise<readonly Diagnostic[]> => engine().checkSchedulerConfiguration(text)

interface Props {
  readonly configuration: string
  readonly onChange: (configuration: string) => void
  readonly onStart: () => void
  readonly problems: readonly Diagnostic[]
}

/** Where a student writes the configuration that races against the world's own. */
export function SchedulerChoice({ configuration, onChange, onStart, problems }: Props) {
  const { t } = useTranslation('panels')
  const [base, setBase] = useState(configuration)
  const preset = presetNames.find((name) => presets[name] === configuration)
  const choose = (name: Preset): void => {
    setBase(presets[name])
    onChange(presets[name])
  }
  return (
    <section className={s.choice} aria-labelledby="race-title">
      <h2 id="race-title">{t('race.title')}</h2>
      <p>{t('race.text')}</p>
      <label className={s.preset}>
        {t('race.preset')}
        <select className="select" value={preset ?? ''} onChange={(event) => choose(event.target.value as Preset)}>
          {preset === undefined && <option value="">·</option>}
          {presetNames.map((name) => (
            <option key={name} value={name}>
              {t(`race.${name}`)}
            </option>
          ))}
        </select>
      </label>
      <div className={s.editor}>
        <Suspense fallback={<EmptyState title="" busy />}>
          <YamlEditor label={t('race.editor')} value={base} onChange={onChange} check={check} />
        </Suspense>
      </div>
      {configuration.includes('CELPluginArgs') && (
        <details className={s.help}>
          <summary>{t('race.help')}</summary>
          <p>
            <code>score</code> {t('race.helpScore')} <code>filter</code> {t('race.helpFilter')}
          </p>
          <p>
            <code>
              pod.name · pod.namespace · pod.labels · pod.annotations · pod.priority · pod.images · pod.requests.cpu ·
              pod.requests.memory
            </code>
          </p>
          <p>
            <code>
              node.name · node.zone · node.labels · node.annotations · node.taints · node.allocatable · node.requested · node.free
              (.cpu · .memory · .pods)
            </code>
          </p>
          <p>{t('race.helpUnits')}</p>
        </details>
      )}
      {problems.length > 0 && (
        <ul className={s.problems} role="alert">
          {problems.map(({ line, path, message }) => (
            <li key={`${path}/${message}`}>
              {t('editor.line', { line })}: <code>{path}</code> {message}
            </li>
          ))}
        </ul>
      )}
      <button type="button" className="button primary" onClick={onStart}>
        {t('race.start')}
      </button>
    </section>
  )
}
