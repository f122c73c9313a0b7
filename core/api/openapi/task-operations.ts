import { z } from 'zod'
import { APPROVAL_STATES, SETTLED_STATES, TASK_STATES } from '../../contracts/task.ts'
import { logQuery, oneTaskQuery, taskQuery } from '../http/query.ts'
import { approveBody, rejectBody } from '../tasks/approval.ts'
import { linkBody, linkDecisionBody } from '../tasks/approval-link.ts'
import { inputSchema } from './input-schema.ts'
import { next, type Operation, ok, operations, time } from './operation.ts'
import { shortPauseSchema } from './pause-operations.ts'
import { reportSchema } from './report-schema.ts'

const labels = z.array(z.string())
const state = z.enum(TASK_STATES)

const step = z
  .int()
  .describe('Its place in the `then` of its rule, from 1; 0: it is the program of `run`.')

const approval = z
  .strictObject({
    state: z.enum(APPROVAL_STATES),
    until: time.describe('When it is cancelled if nobody has approved it.'),
    decidedBy: z.string().nullable(),
    decidedAt: time.nullable(),
  })
  .meta({ id: 'Approval' })
  .nullable()
  .describe('Whether a person lets it run; null: nobody is asked. While `pending`, it waits.')

const taskShape = {
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
  programGone: z
    .boolean()
    .describe('Whether it waits for a program that the config has not any more.'),
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
    .meta({ id: 'Handover' })
    .nullable()
    .describe('What names the latest attempt at the engine that it was handed over to.'),
  cancelRequested: z.boolean(),
  policyKey: z.string().nullable(),
  priority: z.int(),
  step,
  previous: z
    .strictObject({
      task: z.string(),
      program: z.string(),
      exitCode: z.int().nullable(),
      result: z.unknown(),
    })
    .meta({ id: 'PreviousTask' })
    .nullable()
    .describe('The task that a step of `then` follows, as it had ended; null: it follows none.'),
  next: z.string().nullable().describe('The task of the next step; null: there is none.'),
  approval,
  leftOut: z
    .array(z.enum(['result', 'previous.result']))
    .optional()
    .describe(
      'In a list: what has more than 4096 characters of JSON, and is null here. Ask for the task to see it. Absent: nothing.',
    ),
}

const taskSchema = z.strictObject(taskShape).meta({ id: 'Task' })

const attemptSchema = z
  .strictObject({
    number: z.int(),
    node: z.string(),
    startedAt: time,
    endedAt: time.nullable(),
    status: z.enum(['running', 'succeeded', 'failed', 'cancelled', 'lost', 'returned']),
    exitCode: z.int().nullable(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'Attempt' })

const chunkSchema = z
  .strictObject({
    sequence: z.int().describe('Position in the log, from 1.'),
    attempt: z.int(),
    stream: z.enum(['stdout', 'stderr']),
    at: time,
    text: z.string(),
  })
  .meta({ id: 'LogChunk' })

const taskSummaryShape = { id: z.string(), rule: z.string(), program: z.string(), state }

export const taskSummarySchema = z.strictObject(taskSummaryShape).meta({ id: 'TaskSummary' })

export const eventTaskSchema = z
  .strictObject({
    ...taskSummaryShape,
    step,
    follows: z.string().nullable().describe('The task of the step before it.'),
  })
  .meta({ id: 'EventTask' })

const decided = ok(
  'What became of it.',
  z.strictObject({ task: z.string(), state, approval }).meta({ id: 'Decided' }),
)
const DECIDING = [
  'task_unknown',
  'event_unknown',
  'approval_not_pending',
  'approval_changed',
] as const

const LINK = [
  'approval_link_unknown',
  'approval_link_expired',
  'approval_link_off',
  'approval_rule_gone',
  'rate_limited',
  'admin_not_public',
] as const

const task = ok('The task.', taskSchema)
export const TASK_OPERATIONS: readonly Operation[] = operations('Tasks', {
  'GET /api/tasks': {
    id: 'listTasks',
    summary: 'Lists tasks, newest first.',
    role: 'viewer',
    query: taskQuery,
    answers: ok(
      'A page.',
      z.strictObject({ tasks: z.array(taskSchema), next }).meta({ id: 'TaskPage' }),
    ),
  },
  'GET /api/tasks/:id': {
    id: 'getTask',
    summary: 'Shows a task with its attempts and the end of its output.',
    role: 'viewer',
    query: oneTaskQuery,
    problems: ['task_unknown'],
    answers: ok(
      'The task.',
      z
        .strictObject({
          ...taskShape,
          report: reportSchema,
          history: z.array(attemptSchema),
          log: z.array(chunkSchema),
        })
        .meta({ id: 'TaskDetail' }),
    ),
  },
  'GET /api/tasks/:id/input': {
    id: 'getTaskInput',
    summary: 'Shows what a run of a task gets, by the config in force.',
    role: 'viewer',
    problems: ['task_unknown', 'event_unknown'],
    answers: ok('The input, without secrets.', inputSchema),
  },
  'GET /api/tasks/:id/log': {
    id: 'getTaskLog',
    summary:
      'Shows the output of a task. With `Accept: text/event-stream`, streams it until the task is settled.',
    role: 'viewer',
    query: logQuery,
    problems: ['task_unknown'],
    answers: {
      200: {
        description: `The output in order. As a stream: events \`log\`, \`state\` and \`end\` (${SETTLED_STATES.join(', ')}).`,
        schema: z
          .strictObject({ log: z.array(chunkSchema), next: z.int(), ended: z.boolean() })
          .meta({ id: 'TaskLog' }),
        types: ['text/event-stream', 'text/plain'],
      },
    },
  },
  'POST /api/tasks/:id/retry': {
    id: 'retryTask',
    summary: 'Runs a settled task again.',
    role: 'operator',
    problems: ['task_unknown', 'task_not_settled'],
    answers: task,
  },
  'POST /api/tasks/:id/cancel': {
    id: 'cancelTask',
    summary: 'Cancels a waiting or running task.',
    role: 'operator',
    problems: ['task_unknown', 'task_already_settled'],
    answers: task,
  },
  'GET /api/tasks/:id/approval': {
    id: 'getTaskApproval',
    summary: 'Shows what is to be approved, and by whom.',
    role: 'viewer',
    problems: ['task_unknown', 'event_unknown'],
    answers: ok(
      'What is to be approved.',
      z
        .strictObject({
          task: z.string(),
          approval,
          by: z.array(z.string()).describe('Names of tokens and roles.'),
          ruleGone: z
            .boolean()
            .describe('Whether no rule asks for it any more. Then only an admin may approve it.'),
          mayDecide: z.boolean().describe('Whether the caller may approve it.'),
          program: z.string(),
          rule: z.string(),
          event: z.strictObject({
            id: z.string(),
            delivery: z.string(),
            source: z.string(),
            type: z.string(),
            facts: z.record(z.string(), z.unknown()),
          }),
          digest: z.string(),
        })
        .meta({ id: 'TaskApproval' }),
    ),
  },
  'POST /api/tasks/:id/approve': {
    id: 'approveTask',
    summary:
      'Lets a task run that waits for an approval. Needs to be named by the rule, or to have a role that is.',
    role: 'viewer',
    body: approveBody.meta({ id: 'ApproveRequest' }),
    problems: DECIDING,
    answers: decided,
  },
  'POST /api/tasks/:id/reject': {
    id: 'rejectTask',
    summary: 'Cancels a task that waits for an approval. Who may is as for approving.',
    role: 'viewer',
    body: rejectBody.meta({ id: 'RejectRequest' }),
    problems: DECIDING,
    answers: decided,
  },
  'POST /api/approval-links/show': {
    id: 'showApprovalLink',
    summary: 'Shows what a signed link lets its holder approve. Changes nothing.',
    role: null,
    body: linkBody.meta({ id: 'ApprovalLink' }),
    problems: [...DECIDING, ...LINK],
    answers: ok(
      'What is to be approved.',
      z
        .strictObject({
          task: z.string(),
          program: z.string(),
          rule: z.string(),
          by: z.array(z.string()).describe('Names of tokens and roles that may, too.'),
          until: time,
          event: z.strictObject({
            source: z.string(),
            type: z.string(),
            facts: z.record(z.string(), z.unknown()),
          }),
        })
        .meta({ id: 'ShownApprovalLink' }),
    ),
  },
  'POST /api/approval-links/decide': {
    id: 'decideByLink',
    summary: 'Approves or rejects the task of a signed link. The link is the proof.',
    role: null,
    body: linkDecisionBody.meta({ id: 'LinkDecision' }),
    problems: [...DECIDING, ...LINK],
    answers: decided,
  },
})
