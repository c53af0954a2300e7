import { useSyncExternalStore } from 'react'

/** Does the media query hold now. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const list = matchMedia(query)
      list.addEventListener('change', changed)
      return () => list.removeEventListener('change', changed)
    },
    () => matchMedia(query).matches,
  )
}

export const useNarrow = (): boolean => useMedia('(max-width: 860px)')
export const useReducedMotion = (): boolean => useMedia('(prefers-reduced-motion: reduce)')
export const reducedMotion = (): boolean => matchMedia('(prefers-reduced-motion: reduce)').matches
