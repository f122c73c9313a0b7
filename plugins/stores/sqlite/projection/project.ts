import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { prepareCounting } from '../counts/counts.ts'
import { prepareDeaths } from '../counts/errors.ts'
import { addSegment } from '../search/segments.ts'

const NEXT_VERSION = 'UPDATE projection SET version = version + 1 WHERE version = ?'
const FORGET_DELIVERY = 'DELETE FROM unprojected_deliveries WHERE number = ?'
const FORGET_END = 'DELETE FROM unprojected_ends WHERE number = ?'

/** Commits what was derived from notes, instead of these. */
export function createProjectHandler({ database, changes }: HandlerContext): Handlers<'project'> {
  const addToCounts = prepareCounting(database)
  const recordDeaths = prepareDeaths(database)
  return {
    project([{ version, notes, segments = [], counts = [], deaths = [] }]) {
      if (database.prepare(NEXT_VERSION).run(version).changes === 0) return false
      for (const number of notes.deliveries) database.prepare(FORGET_DELIVERY).run(number)
      for (const number of notes.ends) database.prepare(FORGET_END).run(number)
      for (const segment of segments) addSegment(database, segment)
      addToCounts(counts)
      recordDeaths(deaths)
      if (notes.deliveries.length + notes.ends.length > 0) changes.push({ kind: 'projected' })
      return true
    },
  }
}
