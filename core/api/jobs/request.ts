import { z } from 'zod'
import { SETTLED_STATES, type TaskState } from '../../contracts/task.ts'
import { JOB_ACTIONS, type JobAction } from '../../jobs/job.ts'
import type { NewJob } from '../../jobs/requests.ts'
import { bodyFault, checkBody } from '../http/json-body.ts'
import { deliveryQuery, taskQuery, toDeliveryFilter, toTaskFilter } from '../http/query.ts'
import { isoTime } from '../iso-time.ts'

/** As many as a page of a list has. */
const MAX_IDS = 200

const action = z.enum(JOB_ACTIONS)
const dryRun = z.boolean().default(false)
const id = z.string().min(1).max(200)
const ids = z
  .union([id, z.array(id).min(1).max(MAX_IDS)])
  .transform((given) => [...new Set([given].flat())].toSorted().toReversed())

/** The body of a new job, as the API describes it. What a filter may hold depends on the action. */
export const jobBody = z.strictObject({
  action,
  filter: z
    .record(z.string(), z.union([z.string(), z.array(z.string())]))
    .describe(
      'Names and values of the query of `GET /api/tasks`, or of `GET /api/deliveries` for a replay, without its page. At least one. Or only `id`: up to 200 ids of tasks or deliveries.',
    ),
  dryRun: dryRun.describe('Only counts what would be selected.'),
})

const chosenBody = z.strictObject({ action, filter: z.strictObject({ id: ids }), dryRun })
const tasksBody = z.strictObject({ action, filter: taskQuery, dryRun })
const replayBody = z.strictObject({ action, filter: deliveryQuery, dryRun })
const actionOnly = z.looseObject({ action, filter: z.looseObject({}) })

const STATES: Readonly<Record<JobAction, readonly TaskState[]>> = {
  retry: SETTLED_STATES,
  cancel: ['waiting', 'running'],
  replay: [],
}

export interface JobRequest
  extends Pick<NewJob, 'action' | 'filter' | 'lists' | 'taskStates' | 'ids'> {
  readonly dryRun: boolean
}

/** Checks the body of a new job, by the schema of the list that it selects from. Throws `request_invalid`. */
export function readJobRequest(body: unknown): JobRequest {
  const { action, filter: given } = checkBody(actionOnly, body)
  for (const name of ['after', 'limit']) {
    if (name in given) throw bodyFault(`/filter/${name}`, 'is of a page, and a job selects all')
  }
  if (Object.keys(given).length === 0) throw bodyFault('/filter', 'must have at least one filter')
  if ('id' in given) return readChosen(body, action)
  return action === 'replay' ? readReplay(body, given) : readTasks(body, action, given)
}

function readChosen(body: unknown, action: JobAction): JobRequest {
  const { filter, dryRun } = checkBody(chosenBody, body)
  return { action, filter, ids: filter.id, lists: [], taskStates: [...STATES[action]], dryRun }
}

function readTasks(
  body: unknown,
  action: 'retry' | 'cancel',
  given: Readonly<Record<string, unknown>>,
): JobRequest {
  const { filter: query, dryRun } = checkBody(tasksBody, body)
  const { state, ...filter } = toTaskFilter(query)
  const possible = STATES[action]
  if (state !== undefined && !possible.includes(state)) {
    throw bodyFault('/filter/state', `must be one of ${possible.join(', ')} to ${action} tasks`)
  }
  const byDefault: readonly TaskState[] = action === 'retry' ? ['dead'] : possible
  const taskStates = state === undefined ? byDefault : [state]
  return {
    action,
    filter: {
      ...shown(given, query),
      ...(taskStates.length === 1 ? { state: taskStates[0] } : {}),
    },
    lists: taskStates.map((state) => ({ ...filter, state })),
    taskStates: [...taskStates],
    ids: null,
    dryRun,
  }
}

function readReplay(body: unknown, given: Readonly<Record<string, unknown>>): JobRequest {
  const { filter: query, dryRun } = checkBody(replayBody, body)
  if (query.outcome !== undefined && query.outcome !== 'accepted') {
    throw bodyFault('/filter/outcome', 'must be accepted: no other delivery is replayed')
  }
  const filter = { ...toDeliveryFilter(query), outcome: 'accepted' }
  const action = 'replay'
  const shownFilter = shown(given, query)
  return { action, filter: shownFilter, ids: null, lists: [filter], taskStates: [], dryRun }
}

/** The filter as it was given, with times instead of durations: they would mean something else later. */
function shown(
  given: Readonly<Record<string, unknown>>,
  { since, until }: { readonly since?: number | undefined; readonly until?: number | undefined },
) {
  return {
    ...given,
    ...(since === undefined ? {} : { since: isoTime(since) }),
    ...(until === undefined ? {} : { until: isoTime(until) }),
  }
}
