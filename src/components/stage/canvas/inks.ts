const NAMES = [
  'bg',
  'panel',
  'line',
  'ink',
  'ink-3',
  'accent',
  'sunken',
  'heat-3',
  'ready',
  'starting',
  'pending',
  'failing',
  'terminating',
  'unknown',
] as const

/** Colours of the theme that is shown. */
export type Inks = Readonly<Record<(typeof NAMES)[number], string>>

/** Read from the style of the element's place. */
export function inksOf(element: Element): Inks {
  // A colour written with light-dark() is resolved only where it is used.
  const probe = document.createElement('span')
  element.parentElement?.append(probe)
  const read = (name: string): string => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const inks = Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Inks
  probe.remove()
  return inks
}
