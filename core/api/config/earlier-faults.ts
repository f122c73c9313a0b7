import type { Fault } from '../../config/fault.ts'
import type { HooklineError } from '../../errors/errors.ts'

/** Whether a config has no new faults compared with an earlier one. False if its faults are not listed one by one. */
export function hasOnlyEarlierFaults(after: HooklineError, before: HooklineError): boolean {
  const [faults, earlier] = [faultsOf(after), faultsOf(before)]
  if (faults === null || earlier === null) return false
  const known = new Set(earlier.map(keyOf))
  return faults.every((fault) => known.has(keyOf(fault)))
}

function faultsOf({ fields }: HooklineError): readonly Fault[] | null {
  const faults = fields['faults']
  return Array.isArray(faults) && faults.length > 0 ? faults : null
}

function keyOf({ code, file, pointer, message }: Fault): string {
  return JSON.stringify([code, file, pointer, message])
}
