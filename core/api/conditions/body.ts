import { z } from 'zod'
import { templateText } from '../../conditions/template.ts'
import { onSchema } from '../../config/schema/config.ts'

const MAX_PARAMS = 16
const MAX_TEMPLATE_LENGTH = 4000

const storedEvent = z.strictObject({
  delivery: z.string().min(1).max(200),
  event: z.string().min(1).max(200).optional().describe('Default: its first event.'),
})

const fact = z.union([z.string(), z.number(), z.bigint(), z.boolean(), z.null()])

const request = z.strictObject({
  method: z.string().default('POST'),
  path: z.string().default('/'),
  headers: z.record(z.string().toLowerCase(), z.string()).default({}),
  query: z.record(z.string(), z.string()).default({}),
  client: z.string().nullable().default(null),
  body: z.string().default(''),
})

const givenEvent = z.strictObject({
  source: z.string().min(1).max(64).optional().describe('Name of a source of the config.'),
  type: z.string().min(1).max(200),
  facts: z.record(z.string(), fact).optional(),
  payload: z.unknown().optional(),
  request: request.optional(),
  id: z.string().min(1).max(200).optional(),
  senderId: z.string().max(500).nullable().optional(),
  receivedAt: z.iso.datetime().optional().describe('Default: now.'),
})

const template = templateText().refine(
  (text) => JSON.stringify(text).length <= MAX_TEMPLATE_LENGTH,
  `must have ${MAX_TEMPLATE_LENGTH} characters at most`,
)

/** The body of `POST /api/conditions/evaluate`. */
export const evaluateBody = z.strictObject({
  condition: z.string().min(1).optional().describe('A CEL expression, as `when` of a rule.'),
  on: onSchema
    .optional()
    .describe('As of the rule: decides which facts may be named. Default: that of the event.'),
  params: z
    .record(z.string().min(1).max(200), template)
    .refine((params) => Object.keys(params).length <= MAX_PARAMS, `must be ${MAX_PARAMS} at most`)
    .default({})
    .describe('Texts with placeholders, or `{ "cel": "…" }`, as in the options of a program.'),
  event: z.union([storedEvent, givenEvent], {
    error: 'must be `{ delivery, event? }` or `{ source?, type, facts?, payload? }`',
  }),
})

export type EvaluateBody = z.output<typeof evaluateBody>
export type GivenEvent = z.output<typeof givenEvent>
