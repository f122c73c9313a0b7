import type { Death, ErrorGroup } from '../contracts/counts.ts'
import { isHooklineError } from '../errors/errors.ts'
import type { Sealer, SealingContext } from './sealer.ts'

const ID_DIGITS = 24

/**
 * Seals the reasons of deaths that are sealed in the store. Their groups get ids that only the key can make: with the ids
 * as they are given, which follow from the reasons, anybody could find out whether a guess of a reason is right.
 */
export function sealDeaths(sealer: Sealer, deaths: readonly Death[]): readonly Death[] {
  return deaths.map((death) => {
    if (!death.isSealed) return { ...death, reason: sealer.escape(death.reason) }
    const group = `err_${sealer.digest('error group', death.group).slice(0, ID_DIGITS)}`
    return { ...death, group, reason: sealer.seal(contextOf(group), death.reason) }
  })
}

/** Gives the fault as the reason if that cannot be opened, so that the group can still be shown. */
export function openGroup(sealer: Sealer, stored: ErrorGroup): ErrorGroup {
  try {
    return { ...stored, reason: sealer.open(contextOf(stored.id), stored.reason) }
  } catch (error) {
    if (!isHooklineError(error)) throw error
    return { ...stored, reason: `${error.code}: ${error.message}` }
  }
}

function contextOf(group: string): SealingContext {
  return { kind: 'reason', path: ['error', group] }
}
