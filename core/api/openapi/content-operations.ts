import { z } from 'zod'
import { bodyQuery, payloadQuery } from '../http/query.ts'
import { type Operation, ok, operations, time } from './operation.ts'

const testCaseSchema = z
  .strictObject({
    delivery: z.strictObject({
      source: z.string(),
      method: z.string(),
      path: z.string(),
      headers: z.record(z.string(), z.string()),
      client: z.string().nullable(),
      receivedAt: time,
      body: z.string().optional().describe('Absent if it is no text.'),
      bodyBase64: z.string().optional(),
    }),
    expect: z.strictObject({
      outcome: z.enum(['accepted', 'refused']),
      reason: z.string().nullable(),
      events: z.array(
        z.strictObject({
          type: z.string(),
          senderId: z.string().nullable(),
          facts: z.record(z.string(), z.unknown()),
          rules: z.record(z.string(), z.boolean()).describe('Whether each rule matches.'),
        }),
      ),
    }),
  })
  .meta({ id: 'TestCase' })

export const CONTENT_OPERATIONS: readonly Operation[] = operations('Deliveries', {
  'GET /api/deliveries/:id/body': {
    id: 'getDeliveryBody',
    summary: 'Gives the body of a delivery, without the secrets of the config.',
    role: 'operator',
    query: bodyQuery,
    problems: ['delivery_unknown', 'delivery_incomplete'],
    answers: {
      200: {
        description: 'The body as UTF-8, or its bytes if it is no text or was asked for as it is.',
        types: ['text/plain', 'application/octet-stream'],
      },
    },
  },
  'GET /api/deliveries/:id/payload': {
    id: 'getDeliveryPayload',
    summary: 'Gives the payload of an event as JSON, without the secrets of the config.',
    role: 'operator',
    query: payloadQuery,
    problems: ['delivery_unknown', 'event_unknown'],
    answers: {
      200: {
        description: 'The JSON, as text: a limit or a masked number leaves it incomplete.',
        types: ['text/plain'],
      },
    },
  },
  'GET /api/deliveries/:id/test-case': {
    id: 'getDeliveryTestCase',
    summary: 'Gives a delivery with what became of it, as a case of a test.',
    role: 'operator',
    problems: ['delivery_unknown', 'delivery_incomplete'],
    answers: ok('The test case. Secrets are masked.', testCaseSchema),
  },
})
