import { z } from 'zod'
import { SETTLED_STATES, TASK_STATES } from '../../contracts/task.ts'
import { deliveryQuery, logQuery, taskQuery } from '../query.ts'
import type { Operation } from './operation.ts'

export const time = z.iso.datetime().describe('ISO 8601, in UTC.')
const labels = z.array(z.string())
const state = z.enum(TASK_STATES)
const next = z
  .string()
  .nullable()
  .describe('Give this as `after` for the next page; null at the end.')

export const taskSchema = z.strictObject({
  id: z.string(),
  state,
  rule: z.string(),
  program: z.string(),
  source: z.string(),
  type: z.string().describe('Type of the event.'),
  event: z.string(),
  delivery: z.string(),
  createdAt: time,
  dueAt: time,
  waitingFor: labels
    .nullable()
    .describe(
      'Labels that no live node has all of; empty where none works; null where one may run it.',
    ),
  startedAt: time.nullable(),
  endedAt: time.nullable(),
  attempts: z.int().describe('Runs so far, the current one included.'),
  exitCode: z.int().nullable(),
  reason: z.string().nullable(),
  result: z.unknown().describe('What the program gave back.'),
  node: z.string().nullable(),
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

const taskSummarySchema = z.strictObject({
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
  events: z.array(z.string()).optional().describe('All events of a batch.'),
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
  bodyBytes: z.int(),
}

const decisionSchema = z.strictObject({
  rule: z.string(),
  program: z.string(),
  matched: z.boolean(),
  taskId: z.string().optional(),
  because: z.enum(['condition_false', 'condition_error']).optional(),
  error: z.string().optional(),
})

const deliverySchema = z.strictObject({
  ...deliverySummaryShape,
  headers: z.record(z.string(), z.string()).describe('Without their secrets.'),
  events: z.array(
    z.strictObject({
      id: z.string(),
      type: z.string(),
      senderId: z.string().nullable(),
      facts: z.record(z.string(), z.unknown()),
      decisions: z.array(decisionSchema),
      tasks: z.array(taskSummarySchema),
    }),
  ),
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
  tried: z.int().describe('How many ways were tried.'),
})

const nodeSchema = z.strictObject({
  name: z.string(),
  role: z.enum(['all', 'receive', 'work']),
  labels,
  live: z.boolean(),
  draining: z.boolean(),
  running: z.int(),
  version: z.string(),
  config: z.string().describe('Version of its config.'),
  startedAt: time,
  seenAt: time,
})

const task = { description: 'The task.', schema: taskSchema }
const node = { description: 'The node.', schema: nodeSchema }
const of =
  (tag: string) =>
  (operation: Omit<Operation, 'tag'>): Operation => ({ tag, ...operation })

const tasks = of('Tasks')
const deliveries = of('Deliveries')
const nodes = of('Nodes')

export const TASK_OPERATIONS: readonly Operation[] = [
  tasks({
    ...{ method: 'get', path: '/api/tasks', role: 'viewer', query: taskQuery },
    summary: 'Tasks, newest first.',
    answers: {
      200: { description: 'A page.', schema: z.strictObject({ tasks: z.array(taskSchema), next }) },
    },
  }),
  tasks({
    ...{ method: 'get', path: '/api/tasks/:id', role: 'viewer', problems: ['task_unknown'] },
    summary: 'A task, its attempts, and the end of its output.',
    answers: {
      200: {
        description: 'The task.',
        schema: taskSchema.extend({ history: z.array(attemptSchema), log: z.array(chunkSchema) }),
      },
    },
  }),
  tasks({
    ...{ method: 'get', path: '/api/tasks/:id/log', role: 'viewer', query: logQuery },
    summary:
      'The output of a task. With `Accept: text/event-stream` it is followed until the task ends.',
    problems: ['task_unknown'],
    answers: {
      200: {
        description: `The output, in order. As a stream: events \`log\`, \`state\` and \`end\` (${SETTLED_STATES.join(', ')}).`,
        schema: z.strictObject({ log: z.array(chunkSchema), next: z.int(), ended: z.boolean() }),
        types: ['text/event-stream'],
      },
    },
  }),
  tasks({
    ...{ method: 'post', path: '/api/tasks/:id/retry', role: 'operator' },
    summary: 'Runs a task again that has ended.',
    problems: ['task_unknown', 'task_not_settled'],
    answers: { 200: task },
  }),
  tasks({
    ...{ method: 'post', path: '/api/tasks/:id/cancel', role: 'operator' },
    summary: 'Cancels a task that waits or runs.',
    problems: ['task_unknown', 'task_already_settled'],
    answers: { 200: task },
  }),
  deliveries({
    ...{ method: 'get', path: '/api/deliveries', role: 'viewer', query: deliveryQuery },
    summary: 'Deliveries, newest first, refused ones too.',
    answers: {
      200: {
        description: 'A page.',
        schema: z.strictObject({ deliveries: z.array(z.strictObject(deliverySummaryShape)), next }),
      },
    },
  }),
  deliveries({
    ...{ method: 'get', path: '/api/deliveries/:id', role: 'viewer' },
    summary: 'A delivery: its headers, its events, and what each rule said of them.',
    problems: ['delivery_unknown'],
    answers: { 200: { description: 'The delivery.', schema: deliverySchema } },
  }),
  deliveries({
    ...{ method: 'post', path: '/api/deliveries/:id/replay', role: 'operator' },
    summary: 'Takes an accepted delivery again, as a new one, by the rules in force.',
    problems: ['delivery_unknown', 'delivery_not_replayable'],
    answers: { 202: { description: 'The new delivery.', schema: acceptedSchema } },
  }),
  deliveries({
    ...{ method: 'post', path: '/api/deliveries/:id/diagnose', role: 'operator' },
    summary: 'Looks for why a delivery was refused.',
    problems: ['delivery_unknown'],
    answers: { 200: { description: 'What was found.', schema: diagnosisSchema } },
  }),
  nodes({
    ...{ method: 'get', path: '/api/nodes', role: 'viewer' },
    summary: 'The nodes of this store, and the programs that none of them runs.',
    answers: {
      200: {
        description: 'All of them.',
        schema: z.strictObject({
          nodes: z.array(nodeSchema),
          unserved: z.array(z.strictObject({ program: z.string(), runsOn: labels })),
        }),
      },
    },
  }),
  nodes({
    ...{ method: 'post', path: '/api/nodes/:name/drain', role: 'operator' },
    summary: 'Lets a node claim no more tasks.',
    problems: ['node_unknown'],
    answers: { 200: node },
  }),
  nodes({
    ...{ method: 'post', path: '/api/nodes/:name/undrain', role: 'operator' },
    summary: 'Lets a node claim tasks again.',
    problems: ['node_unknown'],
    answers: { 200: node },
  }),
]
