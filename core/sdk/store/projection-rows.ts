import type { Facts } from '../../contracts/event.ts'
import type { EndedTask, UnprojectedEvent, UnprojectedTask } from '../../contracts/projection.ts'
import type { Decision } from '../../contracts/task.ts'
import { parseKeepingDigits } from '../../kit/exact-json.ts'
import type { StoreRow } from './rows.ts'

/** The columns of `toUnprojectedEvent`. */
export const UNPROJECTED_EVENT_COLUMNS = 'delivery_id, id, type, sender_id, facts, decisions'

/** The columns of `toUnprojectedTask`. */
export const UNPROJECTED_TASK_COLUMNS =
  'delivery_id, id, event_id, rule, program, policy_key, created_at'

/** SQL that reads the rows of `toEndedTask`. `notes` are those to read. */
export function endedTasksOf(notes: string): string {
  return `
    SELECT n.number, n.state, n.started_at, n.ended_at, n.attempts, n.lost_attempts, n.exit_code, n.reason,
      t.id, t.rule, t.program, t.source, t.event_type, t.event_id, t.delivery_id, t.created_at, t.due_at, t.policy_key,
      e.sender_id, e.facts, x.id AS next_id, x.program AS next_program, x.policy_key AS next_key, x.created_at AS next_created_at
    FROM (${notes}) AS n LEFT JOIN tasks AS t ON t.id = n.task_id
    LEFT JOIN tasks AS x ON x.id = t.next_id AND n.state = 'succeeded'
    LEFT JOIN events AS e
      ON (n.reason IS NOT NULL OR x.id IS NOT NULL) AND e.delivery_id = t.delivery_id AND e.id = t.event_id
    ORDER BY n.number DESC`
}

/** Functions that turn rows into what is to be projected. `readText` as in `createRowMappers`. */
export function createProjectionMappers(readText: (text: string) => string) {
  const text = (value: unknown): string => readText(value as string)
  const textOrNull = (value: unknown): string | null => (value === null ? null : text(value))

  return {
    toUnprojectedEvent: (row: StoreRow): UnprojectedEvent => ({
      id: row['id'] as string,
      type: text(row['type']),
      senderId: textOrNull(row['sender_id']),
      facts: parseKeepingDigits(text(row['facts'])) as Facts,
      decisions: JSON.parse(text(row['decisions'])) as Decision[],
    }),

    toUnprojectedTask: (row: StoreRow): UnprojectedTask => ({
      id: row['id'] as string,
      eventId: row['event_id'] as string,
      rule: row['rule'] as string,
      program: row['program'] as string,
      policyKey: textOrNull(row['policy_key']),
      createdAt: row['created_at'] as number,
    }),

    toEndedTask: (row: StoreRow): EndedTask => ({
      id: row['id'] as string,
      state: row['state'] as EndedTask['state'],
      rule: row['rule'] as string,
      program: row['program'] as string,
      source: row['source'] as string,
      eventType: text(row['event_type']),
      eventId: row['event_id'] as string,
      deliveryId: row['delivery_id'] as string,
      createdAt: row['created_at'] as number,
      dueAt: row['due_at'] as number,
      startedAt: row['started_at'] as number | null,
      endedAt: row['ended_at'] as number,
      attempts: row['attempts'] as number,
      lostAttempts: row['lost_attempts'] as number,
      exitCode: row['exit_code'] as number | null,
      reason: textOrNull(row['reason']),
      policyKey: textOrNull(row['policy_key']),
      next:
        row['next_id'] === null
          ? null
          : {
              id: row['next_id'] as string,
              program: row['next_program'] as string,
              policyKey: textOrNull(row['next_key']),
              createdAt: row['next_created_at'] as number,
            },
      senderId: textOrNull(row['sender_id']),
      facts: row['facts'] === null ? null : (parseKeepingDigits(text(row['facts'])) as Facts),
    }),
  }
}
