import { z } from 'zod'
import type { ErrorCode } from '../../errors/errors.ts'
import { acceptedSchema } from './delivery-operations.ts'
import { faultSchema, type Operation, ok, operations, time } from './operation.ts'

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

const SIGNED_BODY =
  'Any bytes. They are verified as they come, with the headers that the source of the sender reads: its signature, its event and its id.'

/** Any of these methods may be a sender's request to its source. */
const SENDER_REQUEST: Omit<Operation, 'id' | 'method' | 'path' | 'tag'> = {
  summary:
    'Answers what a sender asks before it delivers, such as to prove that it owns the address.',
  role: null,
  problems: DELIVERY_PROBLEMS,
  answers: { 200: { description: 'The answer of the source.', types: ['*/*'] } },
}

const ready = z
  .strictObject({
    status: z.enum(['ready', 'unready']),
    checks: z.strictObject({
      store: z.boolean(),
      stopping: z.boolean(),
      draining: z.boolean(),
      configChangePending: z.boolean(),
    }),
  })
  .meta({ id: 'Readiness' })

const tunnel = z
  .strictObject({
    plugin: z.string(),
    state: z
      .enum(['starting', 'up', 'down', 'external'])
      .describe('`external`: another process runs it, so nothing is known of it.'),
    url: z.url().nullable().describe('Where the internet reaches it, or did last.'),
    since: time.describe('When the state began.'),
    restarts: z.int().describe('How often it was open again after it had ended.'),
    fault: faultSchema.nullable().describe('Why it is not open.'),
  })
  .meta({ id: 'Tunnel' })
  .nullable()
  .describe('Null: this node has none.')

/** Of JSON-RPC. */
const message = z.looseObject({ jsonrpc: z.literal('2.0') })

export const SERVICE_OPERATIONS: readonly Operation[] = [
  ...operations('Webhooks', {
    'POST /api/webhooks/:source': {
      id: 'deliverWebhook',
      summary: 'Accepts a delivery. It is stored before the answer is sent.',
      role: null,
      rawBody: SIGNED_BODY,
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
    'GET /api/webhooks/:source': { id: 'answerGet', ...SENDER_REQUEST },
    'PUT /api/webhooks/:source': { id: 'answerPut', ...SENDER_REQUEST, rawBody: SIGNED_BODY },
    'OPTIONS /api/webhooks/:source': { id: 'answerOptions', ...SENDER_REQUEST },
  }),
  ...operations('Service', {
    'GET /healthz': {
      id: 'getHealth',
      summary: 'Checks that the process answers.',
      role: null,
      problems: ['http_malformed'],
      answers: ok('The process answers.', z.strictObject({ status: z.literal('ok') })),
    },
    'GET /readyz': {
      id: 'getReadiness',
      summary: 'Checks whether the node can take deliveries.',
      role: null,
      problems: ['http_malformed'],
      answers: {
        200: { description: 'It can.', schema: ready },
        503: { description: 'It cannot.', schema: ready },
      },
    },
    'GET /problems/:code': {
      id: 'explainProblem',
      summary: 'Explains an error code. The `type` of a problem refers to it.',
      role: null,
      problems: ['not_found'],
      answers: {
        200: { description: 'What it means, and what to do.', types: ['text/plain'] },
      },
    },
    'GET /api/tunnel': {
      id: 'getTunnel',
      summary: 'Tells whether the tunnel of this node is open, and at which URL.',
      role: 'viewer',
      answers: ok('The tunnel.', z.strictObject({ tunnel })),
    },
    'GET /metrics': {
      id: 'getMetrics',
      summary: 'Gives metrics for Prometheus. Needs no token with `metrics: { public: true }`.',
      role: 'viewer',
      answers: {
        200: {
          description:
            'Metrics in the text format of Prometheus or, if `Accept` prefers it, as OpenMetrics.',
          types: ['text/plain', 'application/openmetrics-text'],
        },
      },
    },
    'POST /mcp': {
      id: 'callMcp',
      summary:
        'Takes a message of the Model Context Protocol (streamable HTTP, without sessions). The tools are those that the role may call.',
      role: 'viewer',
      body: message.extend({ method: z.string() }),
      problems: ['not_found'],
      answers: {
        200: {
          description: 'The answer, in JSON-RPC.',
          schema: message,
          types: ['text/event-stream'],
        },
        202: { description: 'A notification was taken.' },
        400: {
          description: 'It is no such message: told in JSON-RPC, or as a problem if it is no JSON.',
          schema: message,
          types: ['application/problem+json'],
        },
        406: { description: '`Accept` must allow both types of an answer.', schema: message },
      },
    },
    'GET /api/openapi.json': {
      id: 'getOpenApi',
      summary: 'Gives this description as OpenAPI 3.1.',
      role: 'viewer',
      answers: ok('The document.', z.looseObject({ openapi: z.string() })),
    },
  }),
]
