/** What the reader looks at: the selection, the layer, filters, open panels. Never touches the engine. */
import { create } from 'zustand'
import type { ObjectKey } from '../engine/protocol.ts'

export type Selection =
  { readonly type: 'object'; readonly key: ObjectKey } | { readonly type: 'component'; readonly name: string }

/** Which layer is drawn solid. Where the two differ, both show. */
export type Layer = 'believed' | 'true'

export const workbenchTabs = ['terminal', 'editor', 'events', 'traffic'] as const
export type WorkbenchTab = (typeof workbenchTabs)[number]

export const inspectorTabs = ['why', 'scheduler', 'events', 'yaml', 'containers'] as const
export type InspectorTab = (typeof inspectorTabs)[number]

export interface Toast {
  readonly id: number
  readonly tone: 'info' | 'success' | 'error'
  readonly text: string
  /** The command or message behind it, verbatim. */
  readonly detail?: string
}

/** Where a context menu was asked for. */
export interface MenuRequest {
  readonly selection: Selection
  readonly x: number
  readonly y: number
}

interface View {
  readonly selection: Selection | undefined
  readonly inspectorTab: InspectorTab
  readonly workbenchTab: WorkbenchTab
  readonly workbenchOpen: boolean
  /** Counts how often a tool was asked for by name: a phone then shows its card. */
  readonly workbenchAsked: number
  readonly layer: Layer
  /** '' shows all. */
  readonly namespace: string
  readonly search: string
  readonly drawing: 'picture' | 'table'
  readonly menu: MenuRequest | undefined
  readonly helpOpen: boolean
  readonly shareOpen: boolean
  readonly toasts: readonly Toast[]
  /** The last thing said to screen readers. */
  readonly announcement: string
  /** Which card a phone shows. */
  readonly card: number
}

export const useView = create<View>()(() => ({
  selection: undefined,
  inspectorTab: 'why',
  workbenchTab: 'terminal',
  workbenchOpen: false,
  workbenchAsked: 0,
  layer: 'believed',
  namespace: '',
  search: '',
  drawing: 'picture',
  menu: undefined,
  helpOpen: false,
  shareOpen: false,
  toasts: [],
  announcement: '',
  card: 0,
}))

const set = useView.setState

export const selected = (selection: Selection | undefined): void => set({ selection })
export const podSelected = (id: string): void => {
  const [namespace = '', name = ''] = id.split('/')
  selected({ type: 'object', key: { resource: 'pods', namespace, name } })
}
export const nodeSelected = (name: string): void => selected({ type: 'object', key: { resource: 'nodes', namespace: '', name } })
export const serviceSelected = (id: string): void => {
  const [namespace = '', name = ''] = id.split('/')
  selected({ type: 'object', key: { resource: 'services', namespace, name } })
}
export const componentSelected = (name: string): void => selected({ type: 'component', name })
export const inspectorTabChosen = (inspectorTab: InspectorTab): void => set({ inspectorTab })
export const workbenchTabChosen = (workbenchTab: WorkbenchTab): void =>
  set(({ workbenchAsked }) => ({ workbenchTab, workbenchOpen: true, workbenchAsked: workbenchAsked + 1 }))
export const workbenchToggled = (workbenchOpen: boolean): void => set({ workbenchOpen })
export const layerChosen = (layer: Layer): void => set({ layer })
export const namespaceChosen = (namespace: string): void => set({ namespace })
export const searched = (search: string): void => set({ search })
export const drawingChosen = (drawing: View['drawing']): void => set({ drawing })
export const menuAsked = (menu: MenuRequest | undefined): void => set({ menu })
export const helpToggled = (helpOpen: boolean): void => set({ helpOpen })
export const shareToggled = (shareOpen: boolean): void => set({ shareOpen })
export const cardShown = (card: number): void => set((view) => (view.card === card ? view : { card }))
export const announced = (announcement: string): void => set({ announcement })

let lastToast = 0

export function toasted(toast: Omit<Toast, 'id'>): void {
  lastToast += 1
  const id = lastToast
  set(({ toasts }) => ({ toasts: [...toasts.slice(-2), { ...toast, id }] }))
  setTimeout(() => toastClosed(id), toast.tone === 'error' ? 12_000 : 5000)
}
export const toastClosed = (id: number): void => set(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }))

/** The id under which the stage knows what is selected: a Pod's `namespace/name`, a node's or component's name, or ''. */
export function selectedId(selection: Selection | undefined): string {
  if (!selection) return ''
  if (selection.type === 'component') return `component:${selection.name}`
  const { resource, namespace, name } = selection.key
  return resource === 'nodes'
    ? `node:${name}`
    : resource === 'pods'
      ? `pod:${namespace}/${name}`
      : `${resource}:${namespace}/${name}`
}

export const isSelected = (view: View, id: string): boolean => selectedId(view.selection) === id
