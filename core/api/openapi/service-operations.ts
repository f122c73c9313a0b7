import { z } from 'zod'
import type { ErrorCode } from '../../kit/errors.ts'
import type { Operation } from './operation.ts'
import { acceptedSchema } from './task-operations.ts'

const DELIVERY_PROBLEMS: readonly ErrorCode[] = [
  ...(['source_unknown', 'delivery_refused', 'delivery_unparsable', 'delivery_too_large'] as const),
  ...([
    'delivery_timeout',
    'content_type_unsupported',
    'method_not_allowed',
    'rate_limited',
  ] as const),
  ...(['overloaded', 'source_unavailable', 'store_unavailable'] as const),
]

const of =
  (tag: string) =>
  (operation: Omit<Operation, 'tag'>): Operation => ({ tag, ...operation })

const webhooks = of('Webhooks')
const service = of('Service')

/** A source may have its own answer, for any of these methods. */
const OWN_ANSWER = {
  description: "The source's own answer, to what its sender asks.",
  types: ['*/*'],
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

export const SERVICE_OPERATIONS: readonly Operation[] = [
  webhooks({
    ...{ method: 'post', path: '/api/webhooks/:source', role: null },
    summary: 'A delivery. It is on the disk before the answer.',
    problems: DELIVERY_PROBLEMS,
    answers: {
      200: {
        description: 'It was there already; or the answer that the source or a rule gives.',
        schema: acceptedSchema,
        types: ['*/*'],
      },
      202: { description: 'It is accepted.', schema: acceptedSchema },
    },
  }),
  ...(['get', 'put', 'options'] as const).map((method) =>
    webhooks({
      ...{ method, path: '/api/webhooks/:source', role: null },
      summary: 'What a sender asks before it delivers: a proof that the address is right.',
      problems: DELIVERY_PROBLEMS,
      answers: { 200: OWN_ANSWER },
    }),
  ),
  service({
    ...{ method: 'get', path: '/healthz', role: null },
    summary: 'Whether the process answers.',
    answers: {
      200: { description: 'It does.', schema: z.strictObject({ status: z.literal('ok') }) },
    },
  }),
  service({
    ...{ method: 'get', path: '/readyz', role: null },
    summary: 'Whether it can take deliveries.',
    answers: {
      200: { description: 'It can.', schema: ready },
      503: { description: 'It cannot.', schema: ready },
    },
  }),
  service({
    ...{ method: 'get', path: '/metrics', role: 'viewer' },
    summary: 'Figures for Prometheus. Takes no token with `metrics: { public: true }`.',
    answers: {
      200: { description: 'In the text format of Prometheus.', types: ['text/plain'] },
    },
  }),
  service({
    ...{ method: 'get', path: '/api/openapi.json', role: 'viewer' },
    summary: 'This description, as OpenAPI 3.1.',
    answers: {
      200: { description: 'The document.', schema: z.looseObject({ openapi: z.string() }) },
    },
  }),
]
