import { useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { cx } from '../../app/class-names.ts'
import { act, engine, openSource } from '../../app/engine-client.ts'
import { formatPercent } from '../../app/format.ts'
import { useWorld, worldClosed, WorldContext, worldStore, type World } from '../../app/world-store.ts'
import type { Diagnostic } from '../../engine/protocol.ts'
import { Decisions } from '../compare-schedulers/Decisions.tsx'
import { PlacementTable } from '../compare-schedulers/PlacementTable.tsx'
import { presets, sampleWorkload } from '../compare-schedulers/presets.ts'
import { SchedulerChoice } from '../compare-schedulers/SchedulerChoice.tsx'
import { Boundary } from '../shell/Boundary.tsx'
import { EmptyState } from '../shell/EmptyState.tsx'
import { Stage } from '../stage/Stage.tsx'
import { StageBar } from '../stage/StageBar.tsx'
import { countsOf } from '../stage/StageSummary.tsx'
import { Transport } from '../transport/Transport.tsx'
import s from './compare.module.css'

/** In the list of what to compare with. */
const SCHEDULER = '#scheduler'

/** Two worlds on one clock: this run, and another branch of it or another scheduler that lives through it. */
export default function ComparePage() {
  const { t } = useTranslation()
  const branches = useWorld((world) => world.branches)
  const current = useWorld((world) => world.branch)
  const { t: tp } = useTranslation('panels')
  const [other, setOther] = useState<string>()
  const [configuration, setConfiguration] = useState<string>(presets.MostAllocated)
  const [problems, setProblems] = useState<readonly Diagnostic[]>([])
  /** The configuration is being written, not raced. */
  const [isChoosing, setChoosing] = useState(false)
  const isRace = other === SCHEDULER
  useEffect(() => {
    if (!worldStore.getState().main.loaded) void openSource({ type: 'default' })
    return () => {
      void engine().compare(undefined)
      worldClosed('other')
    }
  }, [])
  const choose = (id: string): void => {
    const branch = id === '' ? undefined : id
    setOther(branch)
    setChoosing(branch === SCHEDULER)
    if (branch === undefined || branch === SCHEDULER) worldClosed('other')
    void engine().compare(branch === SCHEDULER ? undefined : branch)
  }
  const race = async (): Promise<void> => {
    const found = await engine().compareSchedulers(configuration)
    setProblems(found)
    if (found.length === 0) setChoosing(false)
  }
  const applyWorkload = (): void =>
    void act({ type: 'apply', text: sampleWorkload }, { label: tp('editor.applied'), target: 'small, large' })
  const label = (id: string): string => t('transport.branch', { label: branches.find((branch) => branch.id === id)?.label ?? id })
  const choices = branches.filter(({ id }) => id !== current)
  return (
    <div className={s.compare}>
      <header className={s.head}>
        <h1>{t('compare.title')}</h1>
        <span>
          {t('compare.left')}
          {current !== '' && ` · ${label(current)}`}
        </span>
        <label>
          {t('compare.right')}
          <select
            className="select"
            value={other ?? ''}
            onChange={(event) => choose(event.target.value)}
          >
            <option value="">{t('compare.choose')}</option>
            <option value={SCHEDULER}>{tp('race.choice')}</option>
            {choices.map(({ id }) => (
              <option key={id} value={id}>
                {label(id)}
              </option>
            ))}
          </select>
        </label>
        {isRace && !isChoosing && (
          <>
            <button type="button" className="button" onClick={() => setChoosing(true)}>
              {tp('race.edit')}
            </button>
            <button type="button" className="button" onClick={applyWorkload}>
              {tp('race.workload')}
            </button>
          </>
        )}
      </header>
      <div className={s.bar}>
        <StageBar />
      </div>
      <div className={s.worlds}>
        <Boundary>
          <div className={s.world}>
            <Stage bar={false} />
          </div>
        </Boundary>
        <div className={cx(s.world, isChoosing && s.choosing)}>
          {other === undefined ? (
            <EmptyState title={t('compare.empty')} hint={t('compare.emptyHint')}>
              <Link href="/sandbox" className="button">
                {t('compare.toSandbox')}
              </Link>
            </EmptyState>
          ) : isChoosing ? (
            <SchedulerChoice
              configuration={configuration}
              onChange={setConfiguration}
              onStart={() => void race()}
              problems={problems}
            />
          ) : (
            <WorldContext value="other">
              <Boundary>
                <Stage bar={false} />
              </Boundary>
            </WorldContext>
          )}
        </div>
      </div>
      {other !== undefined && !isChoosing && (isRace ? <PlacementTable /> : <Differences />)}
      {isRace && !isChoosing && <Decisions />}
      <Transport comparable={false} />
    </div>
  )
}

const measures = ['pods', 'ready', 'waiting', 'failing', 'restarts', 'failedRequests'] as const

function measured(world: World): Readonly<Record<(typeof measures)[number], number>> {
  const { pods, ready, waiting, failing } = countsOf(world.pods.values())
  const services = [...world.services.values()]
  const requests = services.reduce((sum, service) => sum + service.requestsPerSecond, 0)
  const failed = services.reduce((sum, service) => sum + service.requestsPerSecond * service.failedRatio, 0)
  return {
    pods,
    ready,
    waiting,
    failing,
    restarts: [...world.pods.values()].reduce((sum, pod) => sum + pod.restarts, 0),
    failedRequests: requests > 0 ? failed / requests : 0,
  }
}

/** The figures of both, renewed each simulated second. */
function Differences() {
  const { t } = useTranslation()
  useWorld((world) => Math.floor(world.now / 1000))
  const worlds = worldStore.getState()
  const [left, right] = [measured(worlds.main), measured(worlds.other)]
  const show = (measure: (typeof measures)[number], value: number): string =>
    measure === 'failedRequests' ? `${formatPercent(value)} %` : String(value)
  return (
    <table className={s.table}>
      <caption className="hidden">{t('compare.difference')}</caption>
      <tbody>
        <tr>
          {measures.map((measure) => (
            <td key={measure} className={cx(left[measure] !== right[measure] && s.differs)}>
              <small>{t(`compare.${measure}`)}</small> <b>{show(measure, left[measure])}</b> /{' '}
              <b>{show(measure, right[measure])}</b>
            </td>
          ))}
        </tr>
      </tbody>
    </table>
  )
}
