/** What a lesson's command may refer to. */
export interface NamedPod {
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/**
 * Fills `{pod app=web}` in a lesson's command with the name of the first Pod of those labels. Undefined when there is none: the command cannot be given
 * now.
 */
export function fillPlaceHolders(line: string, pods: readonly NamedPod[]): string | undefined {
  let isWhole = true
  const filled = line.replaceAll(/\{pod ([^}]+)\}/g, (_, selector: string) => {
    const wanted = selector.split(',').map((part) => part.trim().split('='))
    const found = [...pods]
      .filter(({ labels }) => wanted.every(([key = '', value]) => labels[key] === value))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))[0]
    if (!found) isWhole = false
    return found?.name ?? ''
  })
  return isWhole ? filled : undefined
}
