import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { formatClock } from '../../app/format.ts'
import type { DecisionView } from '../../engine/protocol.ts'
import { EmptyState } from '../shell/EmptyState.tsx'
import { arithmeticLines } from './arithmetic-lines.ts'
import { heatOf, rowsOf, shortPlugin } from './decision-table.layout.ts'
import type { InspectorPanelProps } from './panel-props.ts'
import { QueueCard } from './QueueCard.tsx'
import s from './scheduler-panel.module.css'

interface Cell {
  readonly node: string
  readonly plugin: string
}

/** The last decision about a Pod as a table one can read: nodes by plugins, refusals, scores, sums, and the arithmetic of each number. */
export default function SchedulerPanel({ inspection: { decision, waiting } }: InspectorPanelProps) {
  const { t } = useTranslation('panels')
  if (!decision && !waiting) return <EmptyState title={t('scheduler.none')} hint={t('scheduler.noneHint')} />
  return (
    <div className={s.decision}>
      {waiting && <QueueCard waiting={waiting} />}
      {decision && <Decision decision={decision} />}
    </div>
  )
}

function Decision({ decision }: { readonly decision: DecisionView }) {
  const { t } = useTranslation('panels')
  const [cell, setCell] = useState<Cell>()
  return (
    <>
      <Summary decision={decision} />
      {decision.message !== '' && <p className={s.message}>{decision.message}</p>}
      <Table decision={decision} cell={cell} onCell={setCell} />
      <Arithmetic decision={decision} cell={cell} />
      {decision.preemption && (
        <p className={s.note}>
          {t('scheduler.preempts', { node: decision.preemption.node, victims: decision.preemption.victims.join(', ') })}
        </p>
      )}
    </>
  )
}

function Summary({ decision }: { readonly decision: DecisionView }) {
  const { t } = useTranslation('panels')
  const { nodes, node, tied, attempt, at, schedulerName, release } = decision
  const feasible = nodes.filter(({ status }) => status === 'Success').length
  const total = nodes.find(({ name }) => name === node)?.total
  const text =
    feasible === 0 || node === undefined
      ? t('scheduler.nobody', { of: nodes.length })
      : tied.length > 1 && total !== undefined
        ? t('scheduler.tie', { count: tied.length, total, node })
        : t('scheduler.chose', { count: feasible, of: nodes.length, node, total: total ?? '' })
  return (
    <p className={s.summary}>
      {text}{' '}
      <small>
        {formatClock(at)} · {t('scheduler.attempt', { attempt })} · {t('scheduler.release', { release })}
        {schedulerName !== 'default-scheduler' && ` · ${t('scheduler.profile', { name: schedulerName })}`}
      </small>
    </p>
  )
}

interface TableProps {
  readonly decision: DecisionView
  readonly cell: Cell | undefined
  readonly onCell: (cell: Cell) => void
}

function Table({ decision, cell, onCell }: TableProps) {
  const { t } = useTranslation('panels')
  const { node, tied, nodes } = decision
  // Where nothing was scored there is nothing to show by plugin.
  const plugins = nodes.some(({ total }) => total !== undefined) ? decision.plugins : []
  return (
    <div className={s.scroll}>
      <table className={s.table} aria-label={t('scheduler.table')}>
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden">{t('scheduler.node')}</span>
            </th>
            {plugins.map(({ name, weight }) => (
              <th key={name} scope="col" title={`${name} · ${t('scheduler.weight', { weight })}`}>
                <span>{shortPlugin(name)}</span>
                <small>×{weight}</small>
              </th>
            ))}
            <th scope="col">{plugins.length > 0 && t('scheduler.sum')}</th>
          </tr>
        </thead>
        <tbody>
          {rowsOf(decision).map((row) => {
            const isWinner = row.name === node
            const isTied = !isWinner && tied.length > 1 && tied.includes(row.name)
            if (row.status !== 'Success')
              return (
                <tr key={row.name} className={s.refused}>
                  <th scope="row">{row.name}</th>
                  <td colSpan={plugins.length + 1}>
                    <b>{row.rejectedBy ?? ''}</b> {row.reasons.join(', ')}
                  </td>
                </tr>
              )
            return (
              <tr key={row.name} className={cx(isWinner && s.winner)}>
                <th scope="row">
                  {isWinner ? '● ' : isTied ? '○ ' : ''}
                  {row.name}
                  {(isWinner || isTied) && (
                    <span className="hidden"> ({t(isWinner ? 'scheduler.winner' : 'scheduler.tied')})</span>
                  )}
                </th>
                {plugins.map(({ name, weight }) => {
                  const score = row.scores[name]
                  return (
                    <td key={name}>
                      {score ? (
                        <button
                          type="button"
                          className={s.cell}
                          data-heat={heatOf(score.weighted, weight)}
                          aria-pressed={cell?.node === row.name && cell.plugin === name}
                          onClick={() => onCell({ node: row.name, plugin: name })}
                        >
                          {score.weighted}
                        </button>
                      ) : (
                        <span className={s.silent}>·</span>
                      )}
                    </td>
                  )
                })}
                <td className={s.sum}>{row.total ?? ''}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function Arithmetic({ decision, cell }: { readonly decision: DecisionView; readonly cell: Cell | undefined }) {
  const { t } = useTranslation('panels')
  const score = cell && decision.nodes.find(({ name }) => name === cell.node)?.scores[cell.plugin]
  if (!cell || !score)
    return decision.nodes.some(({ total }) => total !== undefined) ? <p className={s.note}>{t('scheduler.tap')}</p> : null
  const { raw, normalized, weighted, arithmetic } = score
  const weight = decision.plugins.find(({ name }) => name === cell.plugin)?.weight ?? 1
  const lines = [
    ...(arithmetic ? arithmeticLines(arithmetic, t) : []),
    ...(raw === normalized ? [] : [t('scheduler.line.normalized', { normalized })]),
    ...(weight === 1 ? [] : [t('scheduler.line.timesWeight', { normalized, weight, weighted })]),
  ]
  return (
    <section className={s.arithmetic} aria-live="polite">
      <h3>{t('scheduler.arithmetic', { plugin: cell.plugin, node: cell.node })}</h3>
      {lines.length > 0 && (
        <ol className={s.lines}>
          {lines.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ol>
      )}
      <dl>
        <dt>{t('scheduler.raw')}</dt>
        <dd>{raw}</dd>
        <dt>{t('scheduler.normalized')}</dt>
        <dd>{normalized}</dd>
        <dt>{t('scheduler.weighted')}</dt>
        <dd>{weighted}</dd>
      </dl>
      {cell.plugin.startsWith('NodeResources') && <p className={s.note}>{t('scheduler.requestsCount')}</p>}
    </section>
  )
}
