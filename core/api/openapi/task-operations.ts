import { z } from 'zod'
import { SETTLED_STATES, TASK_STATES } from '../../contracts/task.ts'
import { deliveryQuery, logQuery, oneTaskQuery, taskQuery } from '../http/query.ts'
import { inputSchema } from './input-schema.ts'
import { type Operation, ok, operations, time } from './operation.ts'
import { shortPauseSchema } from './pause-operations.ts'

const labels = z.array(z.string())
const state = z.enum(TASK_STATES)
export const next = z
  .string()
  .nullable()
  .describe('The value of `after` for the next page; null on the last page.')

const taskSchema = z.strictObject({
  id: z.string(),
  state,
  rule: z.string(),
  program: z.string(),
  source: z.string(),
  type: z.string().describe('Event type.'),
  event: z.string(),
  delivery: z.string(),
  createdAt: time,
  dueAt: time,
  waitingFor: labels
    .nullable()
    .describe(
      'Labels that no live node has; empty if no live node runs tasks; null if a node can run it.',
    ),
  pausedBy: shortPauseSchema
    .nullable()
    .describe('The pause that holds a waiting task back; null if none does.'),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  attempts: z.int().describe('Number of attempts, including the current one.'),
  lostAttempts: z.int().describe('Number of attempts lost with their node; not among `attempts`.'),
  exitCode: z.int().nullable(),
  reason: z.string().nullable(),
  result: z.unknown().describe('The result that the program returned.'),
  node: z.string().nullable(),
  handedOver: z
    .strictObject({ ref: z.string(), at: time })
    .nullable()
    .describe('What names the latest attempt at the engine that it was handed over to.'),
  cancelRequested: z.boolean(),
  policyKey: z.string().nullable(),
  priority: z.int(),
})

const attemptSchema = z.strictObject({
  number: z.int(),
  node: z.string(),
  startedAt: time,
  endedAt: time.nullable(),
  status: z.enum(['running', 'succeeded', 'failed', 'cancelled', 'lost', 'returned']),
  exitCode: z.int().nullable(),
  reason: z.string().nullable(),
})

const chunkSchema = z.strictObject({
  sequence: z.int().describe('Position in the log, from 1.'),
  attempt: z.int(),
  stream: z.enum(['stdout', 'stderr']),
  at: time,
  text: z.string(),
})

export const taskSummarySchema = z.strictObject({
  id: z.string(),
  rule: z.string(),
  program: z.string(),
  state,
})

export const acceptedSchema = z.strictObject({
  delivery: z.string(),
  event: z.string().nullable(),
  duplicate: z.boolean(),
  tasks: z.array(taskSummarySchema),
  events: z.array(z.string()).optional().describe('All events, if the delivery is a batch.'),
})

const deliverySummaryShape = {
  id: z.string(),
  source: z.string(),
  receivedAt: time,
  method: z.string(),
  path: z.string(),
  client: z.string().nullable(),
  outcome: z.enum(['accepted', 'duplicate', 'refused']),
  reason: z.string().nullable(),
  originalId: z.string().nullable(),
  recovered: z
    .enum(['verified', 'fetched'])
    .nullable()
    .describe(
      'How a delivery that was asked for at its provider is trusted: by its signature, or because the API gave it. Null: it arrived.',
    ),
  bodyBytes: z.int(),
}

export const decisionSchema = z.strictObject({
  rule: z.string(),
  program: z.string(),
  matched: z.boolean(),
  version: z
    .string()
    .optional()
    .describe('Changes with `on` and `when` of the rule; absent for events of older releases.'),
  taskId: z.string().optional(),
  because: z.enum(['condition_false', 'condition_error', 'condition_too_costly']).optional(),
  error: z.string().optional(),
})

export const eventShape = {
  id: z.string(),
  type: z.string(),
  senderId: z.string().nullable(),
  facts: z.record(z.string(), z.unknown()),
  decisions: z.array(decisionSchema),
  tasks: z.array(taskSummarySchema),
}

export const deliverySchema = z.strictObject({
  ...deliverySummaryShape,
  headers: z.record(z.string(), z.string()).describe('Secret values are masked.'),
  events: z.array(z.strictObject(eventShape)),
  replays: z
    .array(
      z.strictObject({
        id: deliverySummaryShape.id,
        receivedAt: time,
        outcome: deliverySummaryShape.outcome,
      }),
    )
    .describe('Replays (accepted) and duplicates of it: the newest 20, about a second late.'),
})

const listedDelivery = z.strictObject({
  ...deliverySummaryShape,
  events: z
    .array(z.strictObject({ id: z.string(), type: z.string(), facts: eventShape.facts }))
    .describe('The first 3. Texts of facts are cut to 200 characters.'),
  eventsMore: z.boolean().describe('Whether it has more events.'),
  tasks: z.array(taskSummarySchema).describe('The first 20.'),
  tasksMore: z.boolean(),
})

const diagnosisSchema = z.strictObject({
  delivery: z.string(),
  source: z.string(),
  outcome: deliverySummaryShape.outcome,
  reason: z.string().nullable(),
  findings: z.array(
    z.strictObject({
      code: z.string(),
      certainty: z.enum(['certain', 'likely']),
      message: z.string(),
      remedy: z.string(),
    }),
  ),
  tried: z.int().describe('Number of known mistakes that were tried.'),
})

const nodeSchema = z.strictObject({
  name: z.string(),
  role: z.enum(['all', 'receive', 'work']),
  labels,
  live: z.boolean(),
  draining: z.boolean(),
  running: z.int(),
  version: z.string(),
  config: z.string().describe('Version of the config of the node.'),
  startedAt: time,
  seenAt: time,
})

const task = ok('The task.', taskSchema)
const node = ok('The node.', nodeSchema)
export const TASK_OPERATIONS: readonly Operation[] = [
  ...operations('Tasks', {
    'GET /api/tasks': {
      summary: 'Lists tasks, newest first.',
      role: 'viewer',
      query: taskQuery,
      answers: ok('A page.', z.strictObject({ tasks: z.array(taskSchema), next })),
    },
    'GET /api/tasks/:id': {
      summary: 'Shows a task with its attempts and the end of its output.',
      role: 'viewer',
      query: oneTaskQuery,
      problems: ['task_unknown'],
      answers: ok(
        'The task.',
        taskSchema.extend({ history: z.array(attemptSchema), log: z.array(chunkSchema) }),
      ),
    },
    'GET /api/tasks/:id/input': {
      summary: 'Shows what a run of a task gets, by the config in force.',
      role: 'viewer',
      problems: ['task_unknown', 'event_unknown'],
      answers: ok('The input, without secrets.', inputSchema),
    },
    'GET /api/tasks/:id/log': {
      summary:
        'Shows the output of a task. With `Accept: text/event-stream`, streams it until the task is settled.',
      role: 'viewer',
      query: logQuery,
      problems: ['task_unknown'],
      answers: {
        200: {
          description: `The output in order. As a stream: events \`log\`, \`state\` and \`end\` (${SETTLED_STATES.join(', ')}).`,
          schema: z.strictObject({ log: z.array(chunkSchema), next: z.int(), ended: z.boolean() }),
          types: ['text/event-stream', 'text/plain'],
        },
      },
    },
    'POST /api/tasks/:id/retry': {
      summary: 'Runs a settled task again.',
      role: 'operator',
      problems: ['task_unknown', 'task_not_settled'],
      answers: task,
    },
    'POST /api/tasks/:id/cancel': {
      summary: 'Cancels a waiting or running task.',
      role: 'operator',
      problems: ['task_unknown', 'task_already_settled'],
      answers: task,
    },
  }),
  ...operations('Deliveries', {
    'GET /api/deliveries': {
      summary: 'Lists deliveries, newest first, including refused ones.',
      role: 'viewer',
      query: deliveryQuery,
      answers: ok(
        'A page.',
        z.strictObject({
          deliveries: z.array(listedDelivery),
          next,
        }),
      ),
    },
    'GET /api/deliveries/:id': {
      summary: 'Shows a delivery with its headers, its events and the decision of each rule.',
      role: 'viewer',
      problems: ['delivery_unknown'],
      answers: ok('The delivery.', deliverySchema),
    },
    'POST /api/deliveries/:id/replay': {
      summary: 'Accepts an accepted delivery again, as a new one, under the current rules.',
      role: 'operator',
      problems: ['delivery_unknown', 'delivery_not_replayable'],
      answers: { 202: { description: 'The new delivery.', schema: acceptedSchema } },
    },
    'POST /api/deliveries/:id/diagnose': {
      summary: 'Finds out why a delivery was refused.',
      role: 'operator',
      problems: ['delivery_unknown'],
      answers: ok('The findings.', diagnosisSchema),
    },
  }),
  ...operations('Nodes', {
    'GET /api/nodes': {
      summary: 'Lists the nodes of the store, and the programs that no live node runs.',
      role: 'viewer',
      answers: ok(
        'All nodes.',
        z.strictObject({
          nodes: z.array(nodeSchema),
          unserved: z.array(z.strictObject({ program: z.string(), runsOn: labels })),
        }),
      ),
    },
    'POST /api/nodes/:name/drain': {
      summary: 'Stops a node from claiming tasks. Tasks that it runs are finished.',
      role: 'operator',
      problems: ['node_unknown'],
      answers: node,
    },
    'POST /api/nodes/:name/undrain': {
      summary: 'Lets a node claim tasks again.',
      role: 'operator',
      problems: ['node_unknown'],
      answers: node,
    },
  }),
]
