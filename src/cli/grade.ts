import { grade as gradeOf, type Grade } from '../engine/grade.ts'
import { VERDICT_SIGNS } from '../engine/verdict-signs.ts'
import { builtinScenario } from '../scenarios/builtin.ts'
import type { ApiSchema } from '../sim/kubernetes/api/schema.ts'
import { type CommandResult, EXIT_BAD_INPUT, EXIT_NO, EXIT_OK, json } from './report.ts'

/** A link or a file's text, and how it is called in the report. */
export interface AttemptInput {
  readonly name: string
  readonly text: string
}

const seconds = (ms: number | undefined): number | null => (ms === undefined ? null : ms / 1000)

const reported = (name: string, { title, goals, deeds, at, isPassed, seed, digest, digestMatches }: Grade): object => ({
  name,
  title: title?.en ?? null,
  passed: isPassed,
  goals: goals.map(({ id, verdict, at: reached, by }) => ({ id, verdict, at: seconds(reached), by: by ?? null })),
  deeds: deeds.map((deed) => ({ at: seconds(deed.at), what: deed.what })),
  simulatedSeconds: at / 1000,
  seed,
  digest,
  digestMatches,
})

function lines(name: string, { title, goals, isPassed, at, digestMatches }: Grade): string {
  const goalLines = goals.map(({ id, verdict, at: reached, by }) => {
    const when = reached === undefined ? '' : ` at ${reached / 1000} s`
    return `  ${VERDICT_SIGNS[verdict]} ${id}: ${verdict}${when}${by === undefined ? '' : ` (${by})`}\n`
  })
  return `${isPassed ? 'passed' : 'not passed'}  ${name}  ${title?.en ?? 'no scenario'}, ${at / 1000} s${digestMatches ? '' : ', digest differs'}\n${goalLines.join('')}`
}

/** `clusterlab grade`: each attempt lived again, with the verdict on every goal. Exit 1 when one is not passed, 2 when one cannot be read. */
export function grade({
  attempts,
  format,
  schema,
}: {
  attempts: readonly AttemptInput[]
  format: 'text' | 'json'
  schema: ApiSchema
}): CommandResult {
  const graded = attempts.map(({ name, text }) => ({ name, result: gradeOf(text, { schema, builtin: builtinScenario }) }))
  const errors = graded.flatMap(({ name, result }) => (typeof result === 'string' ? [`error: ${name}: ${result}\n`] : []))
  const good = graded.flatMap(({ name, result }) => (typeof result === 'string' ? [] : [{ name, result }]))
  return {
    stdout:
      format === 'json'
        ? json({ kind: 'GradeReport', attempts: good.map(({ name, result }) => reported(name, result)) })
        : good.map(({ name, result }) => lines(name, result)).join(''),
    stderr: errors.join(''),
    exit: errors.length > 0 ? EXIT_BAD_INPUT : good.every(({ result }) => result.isPassed) ? EXIT_OK : EXIT_NO,
  }
}
