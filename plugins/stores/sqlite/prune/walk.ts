const STEP_ROWS = 500

/** What one call may still do. */
export interface PruneAllowance {
  /** Rows of one kind. */
  readonly limit: number
  isOver(): boolean
}

/** Newest row beyond the number kept; null if there is none; `walking` if the walk is unfinished. */
export type RowBeyond<Row> = Row | null | 'walking'

/**
 * Walks from the newest row to the first one beyond the number kept. It passes all rows that are kept, so it may take
 * several calls. Rows that come meanwhile are not counted, so more are kept.
 *
 * @param at returns the row that is `rows` rows older than `from`, or null if there are fewer. A `from` of null is
 *   one row newer than the newest.
 */
export function walkBeyond<Row>(
  keep: number | null,
  at: (from: Row | null, rows: number) => Row | null,
): (allowance: PruneAllowance) => RowBeyond<Row> {
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
