import { useTranslation } from 'react-i18next'
import { cx } from '../../app/class-names.ts'
import { formatClock } from '../../app/format.ts'
import { selected } from '../../app/view-store.ts'
import type { CauseView } from '../../engine/protocol.ts'
import { EmptyState } from '../shell/EmptyState.tsx'
import type { InspectorPanelProps } from './panel-props.ts'
import s from './why-panel.module.css'

const KNOWN_VERBS = ['create', 'update', 'patch', 'status', 'delete', 'binding', 'eviction', 'scale'] as const
type KnownVerb = (typeof KNOWN_VERBS)[number]
const isKnown = (verb: string): verb is KnownVerb => (KNOWN_VERBS as readonly string[]).includes(verb)

/** From the cause to what one sees: root first, the object itself last. */
export default function WhyPanel({ inspection: { why } }: InspectorPanelProps) {
  const { t } = useTranslation('panels')
  if (why.length === 0) return <EmptyState title={t('why.none')} hint={t('why.noneHint')} />
  const chain = [...why].reverse()
  return (
    <>
      <h3 className={s.title}>{t('why.title')}</h3>
      <ol className={s.chain}>
        {chain.map((cause, index) => (
          <li key={`${cause.at}/${cause.actor}/${cause.verb}/${index}`} className={cx(index === chain.length - 1 && s.last, cause.type === 'fault' && s.fault)}>
            <Cause cause={cause} />
            <time>{formatClock(cause.at)}</time>
          </li>
        ))}
      </ol>
    </>
  )
}

function Cause({ cause: { type, actor, verb, text, object } }: { readonly cause: CauseView }) {
  const { t } = useTranslation('panels')
  const name = object ? `${object.resource.split('.')[0]}/${object.name}` : ''
  switch (type) {
    case 'start':
      return <span>{t('why.start')}</span>
    case 'command':
      return (
        <span>
          <b>{actor === 'you' ? t('why.you') : t('why.scenario')}</b> <code>{text}</code>
        </span>
      )
    case 'fault':
      return <b>{t('why.fault', { kind: verb, text })}</b>
    case 'heal':
      return <b>{t('why.heal', { kind: verb, text })}</b>
    case 'act':
      return (
        <span>
          <b>{actor}</b> {verb} {text || name}
        </span>
      )
    case 'write': {
      const words = isKnown(verb) ? t(`why.${verb}`, { object: name }) : t('why.other', { verb, object: name })
      return (
        <span>
          <b>{actor}</b>{' '}
          {object ? (
            <button type="button" onClick={() => selected({ type: 'object', key: object })}>
              {words}
            </button>
          ) : (
            words
          )}
        </span>
      )
    }
  }
}
