import { expose } from 'comlink'
import { builtinScenario } from '../scenarios/builtin.ts'
import { loadApiSchema } from '../sim/kubernetes/api/load-schema.ts'
import { grade, type Grade } from './grade.ts'
import { writeRecordingFile } from './recording-file.ts'
import { encodeLink } from './share-link.ts'
import { beginningOf, planOf, recordingOf, tryOut, type Attempt, type Trial, type TrialPlan } from './trials.ts'

/** A worker of its own, so that trials neither hold up the world on the stage nor need to be asked to stop: it is ended. */
const trials = {
  plan: (text: string): TrialPlan => planOf(text),
  tryOut: async (text: string, seed: number, attempt: Attempt): Promise<Trial> => tryOut(text, seed, attempt, await schema),
  /** The part of a link after `#`; undefined when the file has errors or is too large for one. */
  link: async (text: string): Promise<string | undefined> => {
    const recording = beginningOf(text, await schema)
    return recording && encodeLink(recording)
  },
  /** The file of a whole trial's recording; undefined when the scenario has errors. */
  recording: async (text: string, seed: number, attempt: Attempt): Promise<string | undefined> => {
    const recording = recordingOf(text, seed, attempt, await schema)
    return recording && writeRecordingFile(recording)
  },
  grade: async (given: string): Promise<Grade | string> => grade(given, { schema: await schema, builtin: builtinScenario }),
}
const schema = loadApiSchema()

export type TrialApi = typeof trials

expose(trials)
