import { REFUSED_KEPT, REFUSED_PER_TRIM } from '../../../../core/sdk/store.ts'
import type { Session } from '../database/database.ts'

const TRIM = `
  DELETE FROM deliveries WHERE outcome = 'refused' AND id <= (
    SELECT id FROM deliveries WHERE outcome = 'refused' ORDER BY id DESC LIMIT 1 OFFSET ${REFUSED_KEPT}
  )`

/** Counts refused deliveries, and deletes the oldest from time to time. If that fails, it is tried the next time. */
export function createTrimRefused(session: Session): (refused: number) => Promise<void> {
  let since = REFUSED_PER_TRIM
  return async (refused) => {
    if (refused === 0) return
    since += refused
    if (since < REFUSED_PER_TRIM) return
    try {
      await session.run(TRIM)
      since = 0
    } catch {
      since = REFUSED_PER_TRIM
    }
  }
}
