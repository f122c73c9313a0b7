import type { Allowance } from './prune-allowance.ts'

const STEP_ROWS = 500

/** What a walk came to: the newest row beyond those kept, null where there is none, or that it is still on its way. */
export type Beyond<Row> = Row | null | 'walking'

/**
 * Walks from the newest row to the first that is beyond a number kept. It passes all that are kept, so it may take
 * several calls; what comes meanwhile is not counted, which only keeps more.
 *
 * `at` answers the row so many rows older than one (or than the newest and one), null where there are fewer.
 */
export function walkBeyond<Row>(
  keep: number | null,
  at: (from: Row | null, rows: number) => Row | null,
): (allowance: Allowance) => Beyond<Row> {
  const wanted = keep === null ? 0 : Math.max(Math.trunc(keep), 0) + 1
  let walked = 0
  let row: Row | null = null
  let isOver = keep === null

  return (allowance) => {
    while (!isOver && walked < wanted) {
      const rows = Math.min(STEP_ROWS, wanted - walked)
      row = at(row, rows)
      walked += rows
      isOver = row === null
      if (allowance.isOver() && !isOver && walked < wanted) return 'walking'
    }
    return row
  }
}
