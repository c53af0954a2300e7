import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { formatCpu, formatPercent } from '../../app/format.ts'
import { useWorld, worldStore } from '../../app/world-store.ts'
import { figuresOf, type PlacementFigures } from './figures.ts'
import s from './compare-schedulers.module.css'

const percent = (ratio: number): string => `${formatPercent(ratio)} %`

const rows: readonly {
  readonly name: 'placed' | 'waiting' | 'usedNodes' | 'zoneSkew' | 'nodeSkew' | 'cpu' | 'memory' | 'largest'
  readonly hint?: 'skewHint' | 'largestHint'
  readonly show: (figures: PlacementFigures, t: TFunction<'panels'>) => string
}[] = [
  { name: 'placed', show: ({ placed }) => String(placed) },
  { name: 'waiting', show: ({ waiting }) => String(waiting) },
  { name: 'usedNodes', show: ({ usedNodes }) => String(usedNodes) },
  { name: 'zoneSkew', hint: 'skewHint', show: ({ zoneSkew }) => (zoneSkew === undefined ? '–' : String(zoneSkew)) },
  { name: 'nodeSkew', hint: 'skewHint', show: ({ nodeSkew }) => String(nodeSkew) },
  { name: 'cpu', show: ({ cpu }) => percent(cpu) },
  { name: 'memory', show: ({ memory }) => percent(memory) },
  {
    name: 'largest',
    hint: 'largestHint',
    show: ({ largestCpuMilli, largestShare }, t) =>
      t('race.fits', { cpu: formatCpu(largestCpuMilli), share: formatPercent(largestShare) }),
  },
]

/** How both worlds have placed their Pods, renewed each simulated second. */
export function PlacementTable() {
  const { t } = useTranslation('panels')
  useWorld((world) => Math.floor(world.now / 1000))
  useWorld((world) => world.revision)
  const { main, other } = worldStore.getState()
  const [left, right] = [main, other].map(({ pods, nodes }) => figuresOf(pods.values(), nodes.values()))
  return (
    <dl className={s.figures} aria-label={t('race.figures')}>
      {rows.map(({ name, hint, show }) => {
        const [a, b] = [show(left!, t), show(right!, t)]
        return (
          <div key={name} className={cx(a !== b && s.differs)} title={hint && t(`race.${hint}`)}>
            <dt>{t(`race.${name}`)}</dt>
            <dd>
              {a} <i>/</i> {b}
            </dd>
          </div>
        )
      })}
    </dl>
  )
}
