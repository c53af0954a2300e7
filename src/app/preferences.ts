/** What the reader chose about the page itself; remembered in this browser. */
import { create } from 'zustand'

export type Theme = 'system' | 'light' | 'dark'
export type Language = 'ko' | 'en'

interface Preferences {
  readonly theme: Theme
  readonly language: Language
  readonly lessonsDone: readonly string[]
}

const KEY = 'clusterlab.preferences'

/** The browser's first language that we speak. */
export function languageOf(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    if (tag.toLowerCase().startsWith('ko')) return 'ko'
    if (tag.toLowerCase().startsWith('en')) return 'en'
  }
  return 'en'
}

function stored(): Partial<Preferences> {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}')
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

function initial(): Preferences {
  const { theme, language, lessonsDone } = stored()
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : 'system',
    language: language === 'ko' || language === 'en' ? language : languageOf(navigator.languages),
    lessonsDone: Array.isArray(lessonsDone) ? lessonsDone : [],
  }
}

export const usePreferences = create<Preferences>()(initial)

usePreferences.subscribe((preferences) => {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences))
  } catch {
    // Storage is refused or full: the choice lasts as long as the page.
  }
})

export const themeChosen = (theme: Theme): void => usePreferences.setState({ theme })
export const languageChosen = (language: Language): void => usePreferences.setState({ language })
export const lessonDone = (name: string): void =>
  usePreferences.setState(({ lessonsDone }) => (lessonsDone.includes(name) ? {} : { lessonsDone: [...lessonsDone, name] }))

/** Writes theme and language to the document, now and whenever they change. */
export function applyPreferences(): void {
  const apply = ({ theme, language }: Preferences): void => {
    const root = document.documentElement
    if (theme === 'system') delete root.dataset['theme']
    else root.dataset['theme'] = theme
    root.lang = language
  }
  apply(usePreferences.getState())
  usePreferences.subscribe(apply)
}
