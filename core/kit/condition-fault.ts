import { TypeError as CelTypeError, EvaluationError, ParseError } from '@marcbachmann/cel-js'
import { readableSummary } from './cel-environment.ts'

type CelFault = ParseError | EvaluationError | CelTypeError

/** Codes whose summary names types and the author's own words only, never a value of the payload. */
const VALUE_FREE = new Set(['no_such_overload', 'no_matching_overload', 'unknown_variable'])
const MAX_EXCERPT_LENGTH = 60

/**
 * What is wrong and where, in one line. At `load` the library's own words are used; at `run` only what cannot
 * hold a value of the payload.
 */
export function describeFault(error: unknown, when: 'load' | 'run'): string {
  if (!isCelFault(error)) return error instanceof Error ? error.name : 'an unknown fault'
  const isTold = when === 'load' || VALUE_FREE.has(error.code)
  const what = isTold ? readableSummary(error.summary) : error.code.replaceAll('_', ' ')
  const { node } = error
  const range = when === 'run' ? (node?.range ?? error.range) : error.range
  if (range === undefined) return what
  const part = node?.input?.slice(range.start, range.end).replaceAll('\n', ' ') ?? ''
  const excerpt =
    when === 'run' && part !== '' ? ` in \`${part.slice(0, MAX_EXCERPT_LENGTH)}\`` : ''
  return `${what.split('\n', 1)[0]}${excerpt}, at character ${range.start + 1}`
}

function isCelFault(error: unknown): error is CelFault {
  return (
    error instanceof ParseError || error instanceof EvaluationError || error instanceof CelTypeError
  )
}
