import { relative } from 'node:path'
import { styleText } from 'node:util'
import type { Fault } from '../config/fault.ts'
import { isHooklineError } from '../errors/errors.ts'
import { pathFault } from '../errors/folder-fault.ts'
import { visible } from '../kit/visible.ts'

const TO_ERRORS = { stream: process.stderr }
/** Faults of a config that are told in full. */
const MAX_FAULTS = 20

/** Prints an error to standard error and returns the exit code. */
export function printError(error: unknown): 1 | 2 {
  process.stderr.write(errorText(error).replace(/^error:/, styleText('red', 'error:', TO_ERRORS)))
  return isHooklineError(error) && error.code === 'cli_usage' ? 2 : 1
}

/** The message of an error, its code and its remedy; for a config with several faults, those of each. */
export function errorText(thrown: unknown): string {
  const error = isHooklineError(thrown) ? thrown : (pathFault(thrown) ?? thrown)
  if (!isHooklineError(error)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return entry('error:', { code: 'internal', message, remedy: 'Report this fault of Hookline.' })
  }
  const [first, ...more] = faultsOf(error)
  if (first === undefined) return entry('error:', error)
  if (more.length === 0) return entry('error:', { ...first, message: faultText(first) })
  const all = [first, ...more]
  const faults = all
    .slice(0, MAX_FAULTS)
    .map((fault) => entry('\n-', { ...fault, message: faultText(fault) }))
  const left = all.length - faults.length
  const lister = error.code === 'file_unreadable' ? '' : ' `hookline check --json` lists all.'
  const end = left === 0 ? '' : `\nand ${left} more.${lister}\n`
  return `error: ${error.message.split(':\n', 1)[0]}\n${faults.join('')}${end}`
}

/** The faults of a config that was refused; none for other errors. */
export function faultsOf(error: unknown): readonly Fault[] {
  if (!isHooklineError(error)) return []
  const faults = error.fields['faults']
  return Array.isArray(faults) ? faults : []
}

function faultText({ file, path, message, given }: Fault): string {
  const place = file === null ? 'managed config' : relative(process.cwd(), file)
  const detail = given === null ? message : `${message} (given: ${given})`
  return [place, path, detail].filter((part) => part !== '').join(': ')
}

function entry(
  head: string,
  { code, message, remedy }: { code: string; message: string; remedy: string },
): string {
  return `${head} ${visible(message)}\n  code: ${code}\n  what to do: ${visible(remedy)}\n`
}
