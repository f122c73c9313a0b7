import type { LogView } from './follow-task.ts'

/** Writes to standard output. */
export function print(text: string): void {
  process.stdout.write(text)
}

export function printJson(value: unknown): void {
  print(`${JSON.stringify(value, null, 2)}\n`)
}

/** A program's output as it wrote it: standard error to standard error. */
export function printChunk({ stream, text }: Pick<LogView, 'stream' | 'text'>): void {
  process[stream].write(text)
}
