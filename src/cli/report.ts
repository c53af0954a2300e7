/** What a command of the CLI gives back: pure, so that tests and the page can call it. */
export interface CommandResult {
  readonly stdout: string
  readonly stderr: string
  readonly exit: number
}

export interface InputFile {
  readonly name: string
  readonly text: string
}

export const EXIT_OK = 0
export const EXIT_NO = 1
/** Bad input: nothing was done. */
export const EXIT_BAD_INPUT = 2

export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`
