import { checkScenario } from './check.ts'
import { parseScenario, type ParsedScenario, type Problem } from './parse.ts'

export const isError = ({ severity }: Pick<Problem, 'severity'>): boolean => severity === 'error'

/** Reads a scenario file and checks what it says: every problem at once. */
export function readScenario(text: string): Pick<ParsedScenario, 'scenario' | 'manifests' | 'problems'> {
  const { scenario, manifests, problems, locate } = parseScenario(text)
  return { scenario, manifests, problems: [...problems, ...(scenario ? checkScenario(scenario, locate) : [])] }
}
