import type { LogView } from './follow-task.ts'
import { TerminalText } from './terminal-text.ts'

/** Writes to standard output. */
export function print(text: string): void {
  process.stdout.write(text)
}

/** Prints JSON. Escapes the characters that JSON allows as they are but a terminal may obey. */
export function printJson(value: unknown): void {
  const json = JSON.stringify(value, null, 2)
  print(`${json.replace(/[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, toUnicodeEscape)}\n`)
}

function toUnicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Prints a result: as JSON with `--json`, else as text. */
export function printResult<Result>(
  { json }: { readonly json?: true },
  result: Result,
  textOf: (result: Result) => string,
): void {
  if (json) printJson(result)
  else print(textOf(result))
}

/**
 * Prints the output of a program: its standard error to standard error. On a terminal only colours act; a file or a pipe
 * gets every byte.
 */
export class OutputPrinter {
  readonly #texts = { stdout: textFor('stdout'), stderr: textFor('stderr') }

  print({ stream, text }: Pick<LogView, 'stream' | 'text'>): void {
    process[stream].write(this.#texts[stream]?.write(text) ?? text)
  }

  /** Prints what was held back, and resets colours. */
  end(): void {
    for (const stream of ['stdout', 'stderr'] as const) {
      process[stream].write(this.#texts[stream]?.end() ?? '')
    }
  }
}

function textFor(stream: LogView['stream']): TerminalText | null {
  return process[stream].isTTY ? new TerminalText() : null
}
