import { z } from 'zod'
import type { ErrorCode } from '../../errors/errors.ts'
import { type Operation, ok, operations, time } from './operation.ts'
import { acceptedSchema } from './task-operations.ts'

const DELIVERY_PROBLEMS: readonly ErrorCode[] = [
  'source_unknown',
  'delivery_refused',
  'delivery_unparsable',
  'delivery_too_large',
  'delivery_timeout',
  'content_type_unsupported',
  'method_not_allowed',
  'rate_limited',
  'overloaded',
  'source_unavailable',
  'store_unavailable',
]

/** Any of these methods may be a sender's request to its source. */
const SENDER_REQUEST: Omit<Operation, 'method' | 'path' | 'tag'> = {
  summary:
    'Answers what a sender asks before it delivers, such as to prove that it owns the address.',
  role: null,
  problems: DELIVERY_PROBLEMS,
  answers: { 200: { description: 'The answer of the source.', types: ['*/*'] } },
}

const ready = z.strictObject({
  status: z.enum(['ready', 'unready']),
  checks: z.strictObject({
    store: z.boolean(),
    stopping: z.boolean(),
    draining: z.boolean(),
    configChangePending: z.boolean(),
  }),
})

const tunnel = z
  .strictObject({
    plugin: z.string(),
    state: z
      .enum(['starting', 'up', 'down', 'external'])
      .describe('`external`: another process runs it, so nothing is known of it.'),
    url: z.url().nullable().describe('Where the internet reaches it, or did last.'),
    since: time.describe('When the state began.'),
    restarts: z.int().describe('How often it was open again after it had ended.'),
    fault: z
      .strictObject({ code: z.string(), message: z.string(), remedy: z.string() })
      .nullable()
      .describe('Why it is not open.'),
  })
  .nullable()
  .describe('Null: this node has none.')

export const SERVICE_OPERATIONS: readonly Operation[] = [
  ...operations('Webhooks', {
    'POST /api/webhooks/:source': {
      summary: 'Accepts a delivery. It is stored before the answer is sent.',
      role: null,
      problems: DELIVERY_PROBLEMS,
      answers: {
        200: {
          description: 'The delivery is a duplicate, or the source or a rule answers by itself.',
          schema: acceptedSchema,
          types: ['*/*'],
        },
        202: { description: 'The delivery is accepted.', schema: acceptedSchema },
      },
    },
    'GET /api/webhooks/:source': SENDER_REQUEST,
    'PUT /api/webhooks/:source': SENDER_REQUEST,
    'OPTIONS /api/webhooks/:source': SENDER_REQUEST,
  }),
  ...operations('Service', {
    'GET /healthz': {
      summary: 'Checks that the process answers.',
      role: null,
      answers: ok('The process answers.', z.strictObject({ status: z.literal('ok') })),
    },
    'GET /readyz': {
      summary: 'Checks whether the node can take deliveries.',
      role: null,
      answers: {
        200: { description: 'It can.', schema: ready },
        503: { description: 'It cannot.', schema: ready },
      },
    },
    'GET /api/tunnel': {
      summary: 'Tells whether the tunnel of this node is open, and at which URL.',
      role: 'viewer',
      answers: ok('The tunnel.', z.strictObject({ tunnel })),
    },
    'GET /metrics': {
      summary: 'Gives metrics for Prometheus. Needs no token with `metrics: { public: true }`.',
      role: 'viewer',
      answers: {
        200: { description: 'Metrics in the text format of Prometheus.', types: ['text/plain'] },
      },
    },
    'GET /api/openapi.json': {
      summary: 'Gives this description as OpenAPI 3.1.',
      role: 'viewer',
      answers: ok('The document.', z.looseObject({ openapi: z.string() })),
    },
  }),
]
