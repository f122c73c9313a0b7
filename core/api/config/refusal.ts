import { relative } from 'node:path'
import { type Fault, pointerText } from '../../config/fault.ts'
import type { ManagedWrite } from '../../config/managed/documents.ts'
import { ERRORS, HooklineError, isHooklineError } from '../../errors/errors.ts'

const MAX_FAULTS = 100
/** In the message; `errors` holds all. */
const MAX_LINES = 10

/** A fault that a change would cause. */
export interface ChangeFault {
  /** JSON pointer (RFC 6901) into the request body; null if the fault is elsewhere. */
  readonly pointer: string | null
  /** If the fault is elsewhere: the file or `managed config`, and the path in it. */
  readonly place: string | null
  readonly code: string
  readonly message: string
  /** The value found; null if there is none, or if it may be a secret. */
  readonly given: string | null
  readonly remedy: string
}

interface Refused {
  readonly error: HooklineError
  readonly write: ManagedWrite
  /** Paths of masks without an earlier secret. */
  readonly unknownMasks: readonly (readonly PropertyKey[])[]
  /** Folder of the config. */
  readonly folder: string
}

/** The error for a change that would make the config faulty, with all faults. */
export function refusal({ error, write, unknownMasks, folder }: Refused): HooklineError {
  const masks = unknownMasks.map(maskFault)
  const given = new Set(masks.map(({ pointer }) => pointer))
  const found = (error.fields['faults'] ?? [wholeFault(error)]) as readonly Fault[]
  const others = found
    .map((fault) => toChangeFault(fault, write, folder))
    // A mask is not what the plugin expects there, which is no second fault.
    .filter(({ pointer }) => pointer === null || !given.has(pointer))
  return changeRefused([...masks, ...others].slice(0, MAX_FAULTS))
}

/** The error for a list of faults. */
export function changeRefused(errors: readonly ChangeFault[]): HooklineError {
  const lines = errors
    .slice(0, MAX_LINES)
    .map(({ pointer, place, message }) => `${place ?? (pointer || 'body')}: ${message}`)
  const head =
    errors.length === 1 ? 'There would be a fault' : `There would be ${errors.length} faults`
  return new HooklineError('config_refused', `${head}: ${lines.join('; ')}`, { fields: { errors } })
}

// Codes that are rarely mistakes.
const NOT_ALLOWED: ReadonlySet<string> = new Set([
  'command_not_allowed',
  'managed_refused',
  'reference_refused',
])

/** The codes for the audit log if a change was refused because the config file does not allow it; else null. */
export function disallowedCodes(error: unknown): { readonly codes: readonly string[] } | null {
  if (!isHooklineError(error)) return null
  if (error.code === 'config_not_managed') return { codes: [error.code] }
  if (error.code !== 'config_refused') return null
  const errors = (error.fields['errors'] ?? []) as readonly ChangeFault[]
  const codes = [...new Set(errors.map(({ code }) => code))].filter((code) => NOT_ALLOWED.has(code))
  return codes.length === 0 ? null : { codes }
}

/** The fault of a mask without an earlier secret. */
function maskFault(path: readonly PropertyKey[]): ChangeFault {
  const { title, remedy } = ERRORS.masked_unknown
  const pointer = `/options${pointerText(path)}`
  return { pointer, place: null, code: 'masked_unknown', message: title, given: null, remedy }
}

function toChangeFault(fault: Fault, { kind, name }: ManagedWrite, folder: string): ChangeFault {
  const { code, message, given, remedy, file, path } = fault
  const own = pointerText([kind, name])
  const isOwn = file === null && (fault.pointer === own || fault.pointer.startsWith(`${own}/`))
  if (isOwn) {
    return { pointer: fault.pointer.slice(own.length), place: null, code, message, given, remedy }
  }
  const where = file === null ? 'managed config' : relative(folder, file) || file
  const place = path === '' ? where : `${where}: ${path}`
  return { pointer: null, place, code, message, given, remedy }
}

// Such as a file that cannot be read.
function wholeFault({ code, message, remedy }: HooklineError): Fault {
  return { code, file: null, path: '', pointer: '', given: null, message, remedy }
}
