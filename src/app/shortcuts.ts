/** Keys of the whole page. A key typed into a field, or held with Ctrl, Alt or Meta, is never ours. */
import { useEffect } from 'react'
import { rewind, stepBack, stepEvent, stepTick, toEnd, togglePlaying } from './time-control.ts'
import { drawingChosen, helpToggled, layerChosen, menuAsked, selected, useView, workbenchTabChosen } from './view-store.ts'

export type Command =
  'play' | 'back' | 'step' | 'next' | 'start' | 'end' | 'terminal' | 'find' | 'layer' | 'drawing' | 'help' | 'close'

interface Key {
  readonly key: string
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
}

/** Where the focus is: in something to type into, on something that has its own use for keys, or anywhere else. */
export type Focus = 'typing' | 'control' | 'free'

export function commandOf({ key, shiftKey, ctrlKey, altKey, metaKey }: Key, focus: Focus): Command | undefined {
  if (ctrlKey || altKey || metaKey || focus === 'typing') return undefined
  switch (key) {
    case ' ':
      return focus === 'free' ? 'play' : undefined
    case 'ArrowLeft':
      return focus === 'free' ? 'back' : undefined
    case 'ArrowRight':
      return focus === 'free' ? (shiftKey ? 'next' : 'step') : undefined
    case 'Home':
      return focus === 'free' ? 'start' : undefined
    case 'End':
      return focus === 'free' ? 'end' : undefined
    case '/':
      return 'terminal'
    case 'f':
      return 'find'
    case 'b':
      return 'layer'
    case 't':
      return 'drawing'
    case '?':
      return 'help'
    case 'Escape':
      return 'close'
    default:
      return undefined
  }
}

const TYPING =
  'input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=""], [contenteditable=true]'
const CONTROL = 'button, a, [role=slider], [role=tab], [role=menuitem], [role=option], [role=separator], summary, [data-own-keys]'

export function focusOf(element: Element | null): Focus {
  if (!element) return 'free'
  if (element.closest(TYPING)) return 'typing'
  return element.closest(CONTROL) ? 'control' : 'free'
}

/** The panel may still be loading: looks for the element for a second. */
function focusWhenThere(selector: string, tries = 20): void {
  const element = document.querySelector<HTMLElement>(selector)
  if (element) element.focus()
  else if (tries > 0) setTimeout(() => focusWhenThere(selector, tries - 1), 50)
}

function run(command: Command): void {
  const view = useView.getState()
  switch (command) {
    case 'play':
      return void togglePlaying()
    case 'back':
      return void stepBack()
    case 'step':
      return void stepTick()
    case 'next':
      return void stepEvent()
    case 'start':
      return void rewind()
    case 'end':
      return void toEnd()
    case 'terminal':
      workbenchTabChosen('terminal')
      focusWhenThere('#terminal-input')
      return
    case 'find':
      return document.querySelector<HTMLElement>('[data-stage-search]')?.focus()
    case 'layer':
      return layerChosen(view.layer === 'believed' ? 'true' : 'believed')
    case 'drawing':
      return drawingChosen(view.drawing === 'picture' ? 'table' : 'picture')
    case 'help':
      return helpToggled(!view.helpOpen)
    case 'close':
      if (view.menu) menuAsked(undefined)
      else if (view.helpOpen) helpToggled(false)
      else selected(undefined)
  }
}

export function useShortcuts(): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return
      const command = commandOf(event, focusOf(event.target instanceof Element ? event.target : null))
      if (!command) return
      if (document.querySelector('dialog[open]') && command !== 'help') return
      event.preventDefault()
      run(command)
    }
    document.addEventListener('keydown', pressed)
    return () => document.removeEventListener('keydown', pressed)
  }, [])
}
