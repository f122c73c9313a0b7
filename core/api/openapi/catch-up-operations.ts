import { z } from 'zod'
import { catchUpBody } from '../catch-up/routes.ts'
import { faultSchema as fault, type Operation, ok, operations, time } from './operation.ts'

const feedSchema = z
  .strictObject({
    source: z.string(),
    target: z.string().describe('In the words of the provider: `acme/shop`, `org:acme`.'),
    state: z
      .enum(['current', 'pending', 'asking', 'faulty'])
      .describe('`pending`: not asked yet, or no webhook was registered there so far.'),
    recovered: z.int().describe('How many deliveries were ever recovered.'),
    from: time.nullable().describe('Everything that was sent before is settled.'),
    succeededAt: time.nullable().describe('When the provider last told all that did not arrive.'),
    fault: fault
      .extend({ retryAt: time.nullable().describe('When it is asked again.') })
      .nullable(),
  })
  .meta({ id: 'CatchUpFeed' })

const foundSchema = z
  .strictObject({
    senderId: z.string().describe("The sender's id of the delivery."),
    type: z.string(),
    sentAt: time,
    outcome: z
      .enum(['verified', 'fetched', 'duplicate', 'refused', 'gone', 'failed', 'missed'])
      .describe(
        '`verified` and `fetched`: recovered. `gone`: its provider no longer has it. `failed`: tried again later. `missed`: by a dry run.',
      ),
    delivery: z.string().nullable(),
  })
  .meta({ id: 'MissedDelivery' })

const resultSchema = z
  .strictObject({
    source: z.string(),
    target: z.string(),
    found: z.array(foundSchema).describe('The first 200, the oldest first.'),
    count: z.int().describe('How many were found.'),
    noWebhook: z
      .boolean()
      .describe('Whether no webhook is registered there, so that nobody was asked.'),
    fault: fault.nullable().describe('Why it ended early.'),
  })
  .meta({ id: 'CatchUpResult' })

export const CATCH_UP_OPERATIONS: readonly Operation[] = operations('Missed deliveries', {
  'GET /api/catch-up': {
    id: 'listCatchUpFeeds',
    summary: 'Shows where deliveries that did not arrive are asked for.',
    role: 'viewer',
    answers: ok('All places.', z.strictObject({ feeds: z.array(feedSchema) })),
  },
  'POST /api/catch-up': {
    id: 'catchUp',
    summary:
      'Asks providers for deliveries that did not arrive, and takes them in. Faults of a provider are in the results.',
    role: 'operator',
    body: catchUpBody.meta({ id: 'CatchUpRequest' }),
    problems: ['catch_up_unknown'],
    answers: ok('What was found.', z.strictObject({ results: z.array(resultSchema) })),
  },
})
