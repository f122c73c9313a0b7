import { relative } from 'node:path'
import { type Fault, pointerText } from '../../config/fault.ts'
import type { ManagedWrite } from '../../config/managed-documents.ts'
import { ERRORS, HooklineError, isHooklineError } from '../../kit/errors.ts'

/** More help nobody. */
const MAX_FAULTS = 100
/** Of those in the text; all are in `errors`. */
const MAX_LINES = 10

/** One fault that a change would bring. */
export interface ChangeFault {
  /** JSON pointer (RFC 6901) within what was sent; null where the fault shows elsewhere. */
  readonly pointer: string | null
  /** Where it shows, if elsewhere: a file, or another managed part, and the path there. */
  readonly place: string | null
  readonly code: string
  readonly message: string
  /** Null where there is nothing to show, or it may be a secret. */
  readonly given: string | null
  readonly remedy: string
}

interface Refused {
  readonly error: HooklineError
  readonly write: ManagedWrite
  /** Paths of masks that stand for nothing. */
  readonly unknownMasks: readonly (readonly PropertyKey[])[]
  /** Folder of the config. */
  readonly folder: string
}

/** The error for a change that the config would not pass with, with all its faults. */
export function refusal({ error, write, unknownMasks, folder }: Refused): HooklineError {
  const masks = unknownMasks.map(maskFault)
  const given = new Set(masks.map(({ pointer }) => pointer))
  const found = (error.fields['faults'] ?? [wholeFault(error)]) as readonly Fault[]
  const others = found
    .map((fault) => toChangeFault(fault, write, folder))
    // The mask itself is none of what the plugin expects there.
    .filter(({ pointer }) => pointer === null || !given.has(pointer))
  return changeRefused([...masks, ...others].slice(0, MAX_FAULTS))
}

/** The error for faults that are known already. */
export function changeRefused(errors: readonly ChangeFault[]): HooklineError {
  const lines = errors
    .slice(0, MAX_LINES)
    .map(({ pointer, place, message }) => `${place ?? (pointer || 'body')}: ${message}`)
  const head =
    errors.length === 1 ? 'There would be a fault' : `There would be ${errors.length} faults`
  return new HooklineError('config_refused', `${head}: ${lines.join('; ')}`, { fields: { errors } })
}

// Nobody comes to these by a slip of the pen.
const BEYOND: ReadonlySet<string> = new Set([
  'command_not_allowed',
  'managed_refused',
  'reference_refused',
])

/** For the audit log, where a change was refused since it asks for more than the config file allows; null where not. */
export function beyondAllowed(error: unknown): { readonly codes: readonly string[] } | null {
  if (!isHooklineError(error)) return null
  if (error.code === 'config_not_managed') return { codes: [error.code] }
  if (error.code !== 'config_refused') return null
  const errors = (error.fields['errors'] ?? []) as readonly ChangeFault[]
  const codes = [...new Set(errors.map(({ code }) => code))].filter((code) => BEYOND.has(code))
  return codes.length === 0 ? null : { codes }
}

/** A mask for which there is no earlier secret. */
export function maskFault(path: readonly PropertyKey[]): ChangeFault {
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

// A file that cannot be read at all is no list of faults.
function wholeFault({ code, message, remedy }: HooklineError): Fault {
  return { code, file: null, path: '', pointer: '', given: null, message, remedy }
}
