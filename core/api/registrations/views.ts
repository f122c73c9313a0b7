import type { ListedRegistration } from '../../registration/registrations.ts'
import { isoTime } from '../iso-time.ts'

/** A webhook at its provider as the API shows it. Times are ISO 8601 in UTC. */
export function registrationView({ record, origin }: ListedRegistration) {
  const { source, target, id, url, remote, fault, nextAt, checkedAt } = record
  return {
    source,
    target,
    state: stateOf({ record, origin }),
    addedByHand: origin === 'hand',
    id,
    url: remote?.url ?? url,
    events: remote?.events ?? [],
    /** Null: nothing is wrong. */
    fault: fault && { ...fault, retryAt: isoTime(nextAt) },
    checkedAt: isoTime(checkedAt),
  }
}

export type RegistrationView = ReturnType<typeof registrationView>

function stateOf({ record, origin }: ListedRegistration) {
  if (origin === 'left') return 'left' as const
  if (record.removed) return 'removed' as const
  if (record.fault !== null) return 'faulty' as const
  return record.remote === null ? ('pending' as const) : ('registered' as const)
}
