import { X } from 'lucide-react'
import { lazy, Suspense, type ComponentType } from 'react'
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components'
import { useTranslation } from 'react-i18next'
import type { ObjectKey } from '../../engine/protocol.ts'
import { cx } from '../../app/class-names.ts'
import { act } from '../../app/engine-client.ts'
import { gesturesFor, nameOf } from '../../app/gestures.ts'
import { inspectorTabChosen, inspectorTabs, selected, useView, type InspectorTab, type Selection } from '../../app/view-store.ts'
import { useWorld, worldStore } from '../../app/world-store.ts'
import { Boundary } from '../shell/Boundary.tsx'
import { EmptyState } from '../shell/EmptyState.tsx'
import { useComponentName } from '../stage/ControlPlane.tsx'
import { useInspection } from './use-inspection.ts'
import type { InspectorPanelProps } from './panel-props.ts'
import s from './inspector.module.css'

const QueuesPanel = lazy(() => import('./QueuesPanel.tsx'))

/** What each tab shows, loaded when first opened. */
const panels: Readonly<Record<InspectorTab, ComponentType<InspectorPanelProps>>> = {
  why: lazy(() => import('./WhyPanel.tsx')),
  scheduler: lazy(() => import('./SchedulerPanel.tsx')),
  events: lazy(() => import('./EventsPanel.tsx')),
  yaml: lazy(() => import('./YamlPanel.tsx')),
  containers: lazy(() => import('./ContainersPanel.tsx')),
}

/** Only a Pod is scheduled and has containers. */
const tabsOf = ({ resource }: ObjectKey): readonly InspectorTab[] =>
  resource === 'pods' ? inspectorTabs : inspectorTabs.filter((tab) => tab !== 'scheduler' && tab !== 'containers')

export default function Inspector() {
  const { t } = useTranslation()
  const selection = useView((view) => view.selection)
  return (
    <aside className={s.inspector} aria-label={t('inspector.title')}>
      {selection === undefined ? null : selection.type === 'component' ? (
        <ComponentInspector selection={selection} />
      ) : (
        <ObjectInspector selection={selection} />
      )}
    </aside>
  )
}

interface HeadProps {
  readonly kind: string
  readonly name: string
  readonly tag: string
  readonly tone: 'good' | 'bad' | 'waiting' | 'plain'
  /** The plain word beside the cluster's own. */
  readonly word: string
}

function Head({ kind, name, tag, tone, word }: HeadProps) {
  const { t } = useTranslation()
  return (
    <header className={s.head}>
      <div>
        <small>{kind}</small>
        <h2 className="mono">{name}</h2>
        {tag !== '' && (
          <p>
            <span className={cx('tag', s[tone])}>{tag}</span> <small>{word}</small>
          </p>
        )}
      </div>
      <button
        type="button"
        className="iconButton"
        aria-label={t('app.close')}
        title={t('app.close')}
        onClick={() => selected(undefined)}
      >
        <X size={18} />
      </button>
    </header>
  )
}

/** What can be done to it; rendered anew when a fault or what the selection shows changes. */
function Actions({ selection }: { readonly selection: Selection }) {
  const { t } = useTranslation()
  useWorld((world) => world.faults)
  useWorld((world) =>
    selection.type === 'component'
      ? world.components
      : selection.key.resource === 'nodes'
        ? world.nodes.get(selection.key.name)?.unschedulable
        : world.pods.get(`${selection.key.namespace}/${selection.key.name}`)?.node,
  )
  const gestures = gesturesFor(selection, worldStore.getState().main)
  const target = nameOf(selection)
  if (gestures.length === 0) return null
  return (
    <div className={s.actions} role="group" aria-label={t('action.title')}>
      {gestures.map(({ label, action, harms, printsTo }) => (
        <button
          key={label}
          type="button"
          className={cx('button', harms && 'danger')}
          onClick={() => void act(action, { label: t(`action.${label}`), target, ...(printsTo && { printsTo }) })}
        >
          {t(`action.${label}`)}
        </button>
      ))}
    </div>
  )
}

function ComponentInspector({ selection }: { readonly selection: Extract<Selection, { type: 'component' }> }) {
  const { t } = useTranslation()
  const nameOfComponent = useComponentName()
  const component = useWorld((world) => world.components.find(({ name }) => name === selection.name))
  return (
    <>
      <Head
        kind={t('inspector.component')}
        name={nameOfComponent(selection.name)}
        tag={component ? t(component.running ? 'component.leads' : 'component.down') : ''}
        tone={component?.running ? 'good' : 'bad'}
        word=""
      />
      <Actions selection={selection} />
      {selection.name === 'kube-scheduler' && (
        <Boundary>
          <Suspense fallback={<EmptyState title={t('app.loading')} busy />}>
            <QueuesPanel />
          </Suspense>
        </Boundary>
      )}
    </>
  )
}

function ObjectInspector({ selection }: { readonly selection: Extract<Selection, { type: 'object' }> }) {
  const { t } = useTranslation()
  const { key } = selection
  const chosen = useView((view) => view.inspectorTab)
  const inspection = useInspection(key)
  const tabs = tabsOf(key)
  const tab = tabs.includes(chosen) ? chosen : 'why'
  return (
    <>
      <ObjectHead objectKey={key} />
      <Actions selection={selection} />
      <Tabs className={s.tabs ?? ''} selectedKey={tab} onSelectionChange={(next) => inspectorTabChosen(next as InspectorTab)}>
        <TabList className={s.tabList ?? ''} aria-label={t('inspector.tabs')}>
          {tabs.map((each) => (
            <Tab key={each} id={each} className={s.tab ?? ''}>
              {t(`inspector.${each}`)}
            </Tab>
          ))}
        </TabList>
        {tabs.map((each) => {
          const Panel = panels[each]
          return (
            <TabPanel key={each} id={each} className={s.panel ?? ''}>
              <Boundary>
                <Suspense fallback={<EmptyState title={t('app.loading')} busy />}>
                  {inspection === undefined ? (
                    <EmptyState title={t('app.loading')} busy />
                  ) : inspection.found || inspection.why.length > 0 || inspection.events.length > 0 ? (
                    <Panel inspection={inspection} />
                  ) : (
                    <EmptyState title={t('inspector.gone')} hint={t('inspector.goneHint')} />
                  )}
                </Suspense>
              </Boundary>
            </TabPanel>
          )
        })}
      </Tabs>
    </>
  )
}

function ObjectHead({ objectKey: { resource, namespace, name } }: { readonly objectKey: ObjectKey }) {
  const { t } = useTranslation()
  const pod = useWorld((world) => (resource === 'pods' ? world.pods.get(`${namespace}/${name}`) : undefined))
  const node = useWorld((world) => (resource === 'nodes' ? world.nodes.get(name) : undefined))
  const kinds: Readonly<Record<string, string>> = {
    pods: t('inspector.kindPod'),
    nodes: t('inspector.kindNode'),
    services: t('inspector.kindService'),
  }
  const kind = `${kinds[resource] ?? resource}${namespace === '' ? '' : ` · ${namespace}`}`
  if (pod) {
    const tone =
      pod.look === 'ready'
        ? 'good'
        : pod.look === 'pending'
          ? 'waiting'
          : pod.look === 'failing' || pod.look === 'failed' || pod.look === 'not-ready'
            ? 'bad'
            : 'plain'
    return <Head kind={kind} name={name} tag={pod.status} tone={tone} word={t(`state.${pod.look}`)} />
  }
  if (node)
    return (
      <Head
        kind={kind}
        name={name}
        tag={node.ready === 'Unknown' ? 'NotReady' : node.ready}
        tone={node.ready === 'Ready' ? 'good' : 'bad'}
        word={node.ready === 'Ready' ? t('state.ready') : t('state.not-ready')}
      />
    )
  return <Head kind={kind} name={name} tag="" tone="plain" word="" />
}
