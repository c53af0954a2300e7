import { useTranslation } from 'react-i18next'
import type { ComponentView } from '../../engine/protocol.ts'
import { cx } from '../../app/class-names.ts'
import { isSelected, useView } from '../../app/view-store.ts'
import { useWorld } from '../../app/world-store.ts'
import s from './control-plane.module.css'

function useDoing({ doing }: ComponentView): string {
  const { t } = useTranslation()
  switch (doing.type) {
    case 'idle':
    case 'down':
    case 'electing':
      return t(`component.${doing.type}`)
    case 'revision':
      return t('component.revision', doing)
    case 'scheduling':
      return t('component.scheduling', { pod: doing.pod.split('/').at(-1) ?? '' })
    case 'queue':
      return t('component.queue', doing)
    case 'reconciling':
      return t('component.reconciling', { controller: doing.controller, key: doing.key.replace(/\|$/, '') })
  }
}

/** Texts of the components that we know; another one shows its own name. */
export function useComponentName(): (name: string) => string {
  const { t } = useTranslation()
  return (name) => {
    switch (name) {
      case 'api-server':
      case 'etcd':
      case 'kube-scheduler':
      case 'kube-controller-manager':
      case 'kubectl':
        return t(`component.${name}`)
      default:
        return name
    }
  }
}

function Card({ component }: { readonly component: ComponentView }) {
  const name = useComponentName()
  const doing = useDoing(component)
  const chosen = useView((view) => isSelected(view, `component:${component.name}`))
  return (
    <button
      type="button"
      className={cx(s.card, !component.running && s.down, component.active && component.running && s.active, chosen && s.chosen)}
      data-select={`component:${component.name}`}
      data-anchor={`component:${component.name}`}
      aria-pressed={chosen}
    >
      <b>{name(component.name)}</b>
      <span title={doing}>{doing}</span>
    </button>
  )
}

export function ControlPlane() {
  const { t } = useTranslation()
  const components = useWorld((world) => world.components)
  return (
    <section className={s.plane} aria-label={t('stage.controlPlane')}>
      {components.map((component) => (
        <Card key={component.name} component={component} />
      ))}
    </section>
  )
}
