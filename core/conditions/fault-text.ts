import { CelError } from '../cel/errors.ts'

const MAX_EXCERPT_LENGTH = 60

/** Errors of the engine, by what their message says. The message itself may hold a value of the payload. */
const ENGINE_ERRORS: readonly (readonly [RegExp, string])[] = [
  [/call stack/i, 'a value is nested too deeply'],
  [/string length/i, 'a text is too long'],
]

/** What is wrong with an expression and where, in one line. At `run` the part that failed is shown, too. */
export function describeError(error: unknown, text: string, when: 'load' | 'run'): string {
  if (!(error instanceof CelError)) return describeEngineError(error)
  const { message, range } = error
  if (range === undefined) return message
  const part = text.slice(range.start, range.end).replaceAll('\n', ' ')
  const excerpt =
    when === 'run' && part !== '' ? ` in \`${part.slice(0, MAX_EXCERPT_LENGTH)}\`` : ''
  return `${message}${excerpt}, at character ${range.start + 1}`
}

function describeEngineError(error: unknown): string {
  const message = error instanceof Error ? error.message : ''
  const known = ENGINE_ERRORS.find(([form]) => form.test(message))
  return known?.[1] ?? 'a function cannot take the value that it was given'
}
