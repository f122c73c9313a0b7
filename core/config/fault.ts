import { relative } from 'node:path'
import { ERRORS, type ErrorCode, HooklineError, isHooklineError } from '../errors/errors.ts'

/** One error in a config. */
export interface Fault {
  readonly code: ErrorCode
  /** Absolute path; null for the managed config. */
  readonly file: string | null
  /** `programs.deploy.options.command[0]`; empty for the file as a whole. */
  readonly path: string
  /** The same as a JSON pointer (RFC 6901): `/programs/deploy/options/command/0`. */
  readonly pointer: string
  /** What was given, shortened; null if nothing was given or it may be a secret. */
  readonly given: string | null
  readonly message: string
  readonly remedy: string
}

export type Path = readonly PropertyKey[]

/** A value in a config file; `file` is null for the managed config. */
export interface ConfigLocation {
  readonly file: string | null
  readonly path: Path
}

const MAX_GIVEN_LENGTH = 60
const PLAIN_KEY = /^[A-Za-z_$][A-Za-z0-9_$-]*$/

/** A fault at a location. Without a remedy, or with an empty one, it has that of the error code. */
export function faultAt(
  location: ConfigLocation,
  code: ErrorCode,
  details: { readonly message: string; readonly given?: string | null; readonly remedy?: string },
): Fault {
  return {
    code,
    file: location.file,
    path: pathText(location.path),
    pointer: pointerText(location.path),
    given: details.given ?? null,
    message: details.message,
    remedy: details.remedy || ERRORS[code].remedy,
  }
}

/** What was thrown, as a fault at a location. Throws anything that is not a `HooklineError`. */
export function thrownFault(location: ConfigLocation, error: unknown): Fault {
  if (!isHooklineError(error)) throw error
  return faultAt(location, error.code, error)
}

/** The location of a value inside another one. */
export function below(location: ConfigLocation, ...path: Path): ConfigLocation {
  return { ...location, path: [...location.path, ...path] }
}

/** A path as code would write it: `rules[0].when`, `mapping.github.push["branch == 'main'"]`. */
export function pathText(path: Path): string {
  let text = ''
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`
    else if (PLAIN_KEY.test(String(key))) text += text === '' ? String(key) : `.${String(key)}`
    else text += `[${JSON.stringify(String(key))}]`
  }
  return text
}

/** A path as a JSON pointer (RFC 6901): `/programs/deploy/options/command/0`. */
export function pointerText(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** A value as a fault shows it: shortened; of lists and objects only the kind. */
export function givenText(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  if (typeof value === 'function') return 'a function'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > MAX_GIVEN_LENGTH ? `${text.slice(0, MAX_GIVEN_LENGTH)}…` : text
}

/** All faults as one error: `config_unreadable` if all are syntax errors, else `config_invalid`. */
export function configError(faults: readonly Fault[], folder: string): HooklineError {
  const isUnreadable = faults.every((fault) => fault.code === 'config_unreadable')
  const code = isUnreadable ? 'config_unreadable' : 'config_invalid'
  return faultsError(code, 'config', faults, folder)
}

/** All faults of something as one error. */
export function faultsError(
  code: ErrorCode,
  what: string,
  faults: readonly Fault[],
  folder: string,
): HooklineError {
  const lines = faults.map((fault) => `  ${lineOf(fault, folder)}`)
  const head = `The ${what} has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:`
  const first = faults[0]
  return new HooklineError(code, [head, ...lines].join('\n'), {
    fields: { faults },
    ...(faults.length === 1 && first ? { remedy: first.remedy } : {}),
  })
}

function lineOf(fault: Fault, folder: string): string {
  const file = fault.file === null ? 'managed config' : relative(folder, fault.file) || fault.file
  const where = fault.path === '' ? file : `${file}: ${fault.path}`
  const given = fault.given === null ? '' : ` (given: ${fault.given})`
  return `${where}: ${fault.message}${given} [${fault.code}] ${fault.remedy}`
}
