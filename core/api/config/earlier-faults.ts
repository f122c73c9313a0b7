import type { Fault } from '../../config/fault.ts'
import type { HooklineError } from '../../kit/errors.ts'

/** Whether a config has no fault that it did not have before. False where its faults are not known one by one. */
export function hasOnlyEarlierFaults(after: HooklineError, before: HooklineError): boolean {
  const [faults, earlier] = [faultsOf(after), faultsOf(before)]
  if (faults === null || earlier === null) return false
  const known = new Set(earlier.map(markOf))
  return faults.every((fault) => known.has(markOf(fault)))
}

function faultsOf({ fields }: HooklineError): readonly Fault[] | null {
  const faults = fields['faults']
  return Array.isArray(faults) && faults.length > 0 ? faults : null
}

function markOf({ code, file, pointer, message }: Fault): string {
  return JSON.stringify([code, file, pointer, message])
}
