import i18next from 'i18next'
import { MAX_YAML_LENGTH } from '../sim/scenario/yaml-guard.ts'
import { toasted } from './view-store.ts'

/** Hands a text to the browser as a download. */
export function saveFile(name: string, text: string, type = 'application/yaml'): void {
  const url = URL.createObjectURL(new Blob([text], { type }))
  const anchor = document.createElement('a')
  anchor.href = url
  anchor.download = name
  anchor.click()
  URL.revokeObjectURL(url)
}

const MEBIBYTE = 2 ** 20

/** What a chosen file holds; one that is too large is said to be so and not read. */
export async function readFile(file: File): Promise<string | undefined> {
  if (file.size <= MAX_YAML_LENGTH) return file.text()
  const size = (file.size / MEBIBYTE).toFixed(1)
  toasted({ tone: 'error', text: i18next.t('editor.tooLarge', { ns: 'panels', size, most: MAX_YAML_LENGTH / MEBIBYTE }), detail: file.name })
  return undefined
}
