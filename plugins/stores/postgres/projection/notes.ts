/** Deliveries that one note names at most, so that reading a note stays short. */
const DELIVERIES_PER_NOTE = 100

/** SQL that notes the ends of tasks. `from` names rows of tasks, as they are now. */
export function noteEndsOf(from: string): string {
  return `
    INSERT INTO unprojected_ends
      (task_id, state, started_at, ended_at, attempts, lost_attempts, exit_code, reason)
    SELECT id, state, started_at, ended_at, attempts, lost_attempts, exit_code, reason
    FROM ${from} WHERE ended_at IS NOT NULL`
}

/** What a statement returns for `noteEndsOf`. */
export const NOTED_COLUMNS = `
  tasks.id, tasks.state, tasks.started_at, tasks.ended_at, tasks.attempts, tasks.lost_attempts, tasks.exit_code,
  tasks.reason`

/** The ids of new deliveries as notes, to be inserted in the commit that adds them. */
export function toNotes(ids: readonly string[]): readonly string[] {
  const notes: string[] = []
  for (let from = 0; from < ids.length; from += DELIVERIES_PER_NOTE) {
    notes.push(ids.slice(from, from + DELIVERIES_PER_NOTE).join(','))
  }
  return notes
}
