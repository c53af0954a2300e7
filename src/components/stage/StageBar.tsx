import { CircleHelp, Map as MapIcon, Search, Table2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { drawingChosen, layerChosen, namespaceChosen, searched, useView } from '../../app/view-store.ts'
import { useWorld } from '../../app/world-store.ts'
import s from './stage-bar.module.css'

const keys = ['ready', 'creating', 'pending', 'not-ready', 'failing', 'terminating', 'unknown'] as const
const wordOf = {
  ready: 'ready',
  creating: 'creating',
  pending: 'pending',
  'not-ready': 'notReady',
  failing: 'failing',
  terminating: 'terminating',
  unknown: 'unknown',
} as const

function Legend() {
  const { t } = useTranslation()
  return (
    <div className={s.legend}>
      <ul aria-label={t('legend.title')}>
        {keys.map((look) => (
          <li key={look} className={cx((look === 'not-ready' || look === 'unknown') && s.rare)}>
            <i className={s.key} data-look={look} />
            {t(`legend.${wordOf[look]}`)}
          </li>
        ))}
      </ul>
      <button
        type="button"
        className="iconButton"
        popoverTarget="legend"
        aria-label={t('legend.title')}
        title={t('legend.title')}
      >
        <CircleHelp size={16} />
      </button>
      <div id="legend" popover="auto" className={s.popover}>
        <h2>{t('legend.title')}</h2>
        <ul>
          {keys.map((look) => (
            <li key={look}>
              <i className={s.key} data-look={look} />
              <b>{t(`legend.${wordOf[look]}`)}</b>
            </li>
          ))}
        </ul>
        <p>{t('legend.area')}</p>
        <p>{t('legend.bars')}</p>
        <p>{t('legend.differs')}</p>
      </div>
    </div>
  )
}

/** What is drawn and how: the layer, the filter, the search, the legend. */
export function StageBar({ legend = true, actions }: { readonly legend?: boolean; readonly actions?: ReactNode }) {
  const { t } = useTranslation()
  const layer = useView((view) => view.layer)
  const namespace = useView((view) => view.namespace)
  const search = useView((view) => view.search)
  const drawing = useView((view) => view.drawing)
  const namespaces = useWorld((world) => world.namespaces)
  return (
    <div className={s.bar}>
      <div className={s.segments} data-anchor="kubectl" role="group" aria-label={t('stage.layer')}>
        <button
          type="button"
          aria-pressed={layer === 'believed'}
          title={t('stage.believedHint')}
          onClick={() => layerChosen('believed')}
        >
          {t('stage.believed')}
        </button>
        <button type="button" aria-pressed={layer === 'true'} title={t('stage.trueHint')} onClick={() => layerChosen('true')}>
          {t('stage.true')}
        </button>
      </div>
      <select
        className="select"
        aria-label={t('stage.namespace')}
        value={namespace}
        onChange={(event) => namespaceChosen(event.target.value)}
      >
        <option value="">{t('stage.allNamespaces')}</option>
        {namespaces.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <label className={s.search}>
        <Search size={14} aria-hidden="true" />
        <input
          type="search"
          data-stage-search
          aria-label={t('stage.search')}
          placeholder={t('stage.search')}
          value={search}
          onChange={(event) => searched(event.target.value.trim())}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return
            searched('')
            event.currentTarget.blur()
          }}
        />
      </label>
      <button
        type="button"
        className="iconButton"
        aria-pressed={drawing === 'table'}
        title={drawing === 'table' ? t('stage.picture') : t('stage.table')}
        aria-label={drawing === 'table' ? t('stage.picture') : t('stage.table')}
        onClick={() => drawingChosen(drawing === 'table' ? 'picture' : 'table')}
      >
        {drawing === 'table' ? <MapIcon size={16} /> : <Table2 size={16} />}
      </button>
      {actions}
      {legend && <Legend />}
    </div>
  )
}
