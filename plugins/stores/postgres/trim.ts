import type { Session } from './database.ts'

const REFUSED_KEPT = 10_000
/** Refused deliveries between two trims, so that not each pays for one. */
const TRIM_EVERY = 250
const TRIM = `
  DELETE FROM deliveries WHERE outcome = 'refused' AND id <= (
    SELECT id FROM deliveries WHERE outcome = 'refused' ORDER BY id DESC LIMIT 1 OFFSET ${REFUSED_KEPT}
  )`

/** Told of refused deliveries, deletes the oldest now and then. Where that fails, the next time takes more. */
export function createTrim(session: Session): (refused: number) => Promise<void> {
  let since = TRIM_EVERY
  return async (refused) => {
    if (refused === 0) return
    since += refused
    if (since < TRIM_EVERY) return
    try {
      await session.run(TRIM)
      since = 0
    } catch {
      since = TRIM_EVERY
    }
  }
}
