import type { RuntimePod } from '../../infrastructure/container-runtime.ts'

/** What changed between two looks at one Pod. Models PLEG computeEvents. */
export function lifecycleEvents(
  before: RuntimePod,
  after: RuntimePod,
): { readonly changed: boolean; readonly synced: boolean; readonly died: readonly string[] } {
  let changed = false
  let synced = false
  const died: string[] = []
  const stateIn = new Map<string, string>()
  for (const { id, isReady } of before.sandboxes) stateIn.set(id, isReady ? 'running' : 'exited')
  for (const { id, state } of before.containers) stateIn.set(id, state)
  const seen = new Set<string>()
  const compare = (id: string, state: string, isContainer: boolean): void => {
    seen.add(id)
    const old = stateIn.get(id)
    if (old === state) return
    changed = true
    if (state === 'created') return
    synced = true
    if (state === 'exited' && isContainer) died.push(id)
  }
  for (const { id, isReady } of after.sandboxes) compare(id, isReady ? 'running' : 'exited', false)
  for (const { id, state } of after.containers) compare(id, state, true)
  for (const [id, state] of stateIn) {
    if (seen.has(id)) continue
    changed = true
    if (state !== 'exited') synced = true
  }
  if (!changed) {
    // Resources: the same life, other numbers.
    changed = after.containers.some((container, index) => before.containers[index] !== container)
    synced = changed
  }
  return { changed, synced, died }
}
