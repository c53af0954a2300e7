/** Every built-in scenario by its file's name, as text; they are part of the worker's code, so that nothing is fetched. */
const FILES: Readonly<Record<string, string>> = import.meta.glob<string>(['./*.yaml', '../lessons/*/scenario.yaml'], {
  query: '?raw',
  import: 'default',
  eager: true,
})

const nameOf = (path: string): string => path.replace(/\/scenario\.yaml$/, '').replace(/\.yaml$/, '').split('/').at(-1)!

const SCENARIOS = new Map(Object.entries(FILES).map(([path, text]) => [nameOf(path), text]))

export const builtinScenario = (name: string): string | undefined => SCENARIOS.get(name)

export const builtinNames = (): readonly string[] => [...SCENARIOS.keys()].sort()
