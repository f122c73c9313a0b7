import { z } from 'zod'
import { deliveryQuery } from '../http/query.ts'
import { next, type Operation, ok, operations, time } from './operation.ts'
import { eventTaskSchema, taskSummarySchema } from './task-operations.ts'

export const acceptedSchema = z
  .strictObject({
    delivery: z.string(),
    event: z.string().nullable(),
    duplicate: z.boolean(),
    tasks: z.array(taskSummarySchema),
    events: z.array(z.string()).optional().describe('All events, if the delivery is a batch.'),
  })
  .meta({ id: 'Accepted' })

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

export const decisionShape = {
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
}

export const decisionSchema = z.strictObject(decisionShape).meta({ id: 'Decision' })

export const eventShape = {
  id: z.string(),
  type: z.string(),
  senderId: z.string().nullable(),
  facts: z.record(z.string(), z.unknown()),
  decisions: z.array(decisionSchema),
  tasks: z.array(eventTaskSchema),
}

export const deliveryShape = {
  ...deliverySummaryShape,
  headers: z.record(z.string(), z.string()).describe('Secret values are masked.'),
  events: z.array(z.strictObject(eventShape).meta({ id: 'Event' })),
  replays: z
    .array(
      z
        .strictObject({
          id: deliverySummaryShape.id,
          receivedAt: time,
          outcome: deliverySummaryShape.outcome,
        })
        .meta({ id: 'Replay' }),
    )
    .describe('Replays (accepted) and duplicates of it: the newest 20, about a second late.'),
}

const deliverySchema = z.strictObject(deliveryShape).meta({ id: 'Delivery' })

const listedDelivery = z
  .strictObject({
    ...deliverySummaryShape,
    events: z
      .array(z.strictObject({ id: z.string(), type: z.string(), facts: eventShape.facts }))
      .describe('The first 3. Texts of facts are cut to 200 characters.'),
    eventsMore: z.boolean().describe('Whether it has more events.'),
    tasks: z.array(taskSummarySchema).describe('The first 20.'),
    tasksMore: z.boolean(),
  })
  .meta({ id: 'DeliverySummary' })

const diagnosisSchema = z
  .strictObject({
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
  .meta({ id: 'Diagnosis' })

export const DELIVERY_OPERATIONS: readonly Operation[] = operations('Deliveries', {
  'GET /api/deliveries': {
    id: 'listDeliveries',
    summary: 'Lists deliveries, newest first, including refused ones.',
    role: 'viewer',
    query: deliveryQuery,
    answers: ok(
      'A page.',
      z.strictObject({ deliveries: z.array(listedDelivery), next }).meta({ id: 'DeliveryPage' }),
    ),
  },
  'GET /api/deliveries/:id': {
    id: 'getDelivery',
    summary: 'Shows a delivery with its headers, its events and the decision of each rule.',
    role: 'viewer',
    problems: ['delivery_unknown'],
    answers: ok('The delivery.', deliverySchema),
  },
  'POST /api/deliveries/:id/replay': {
    id: 'replayDelivery',
    summary: 'Accepts an accepted delivery again, as a new one, under the current rules.',
    role: 'operator',
    problems: ['delivery_unknown', 'delivery_not_replayable'],
    answers: { 202: { description: 'The new delivery.', schema: acceptedSchema } },
  },
  'POST /api/deliveries/:id/diagnose': {
    id: 'diagnoseDelivery',
    summary: 'Finds out why a delivery was refused.',
    role: 'operator',
    problems: ['delivery_unknown'],
    answers: ok('The findings.', diagnosisSchema),
  },
})
