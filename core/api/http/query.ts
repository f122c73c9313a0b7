import type { HonoRequest } from 'hono'
import { z } from 'zod'
import { DELIVERY_STATES } from '../../contracts/lists.ts'
import type { DeliveryFilter, TaskFilter } from '../../contracts/store.ts'
import { TASK_STATES } from '../../contracts/task.ts'
import { HooklineError } from '../../errors/errors.ts'
import { issueText } from '../../errors/issue-text.ts'
import { wordsOf } from '../../projection/words.ts'
import { EVENT_KINDS } from '../events/changes.ts'
import { SPLITS } from '../stats/series.ts'
import { moment } from './moment.ts'
import { wholeNumber } from './whole-number.ts'

const MAX_PAGE = 200
/** Characters of a wrong value in an answer. */
const MAX_GIVEN = 100

const limit = wholeNumber(1, MAX_PAGE).default(50)
const name = z.string().min(1).max(200)
/** Where a page begins. Another text would begin it anywhere, without a word. */
const cursor = (form: RegExp) =>
  z
    .string()
    .regex(form, 'must be `next` of the page before')
    .meta({ pattern: undefined })
    .optional()
    .describe('`next` of the page before. Default: the first page.')
const fact = z
  .string()
  .max(1000)
  .regex(/^[^=]+=/, 'must be NAME=VALUE')
const text = z.string().min(1).max(500)
const span = { since: moment.optional(), until: moment.optional() }
const search = {
  ...span,
  type: name.optional().describe('Type of the event, such as `push`.'),
  key: text.optional().describe('Value of `policy.key`.'),
  fact: z
    .union([fact, z.array(fact).max(16)], 'must be NAME=VALUE, at most 16 times')
    .transform((facts) => [facts].flat())
    .optional()
    .describe('Such as `branch=main`. May be given several times: all must be there.'),
  reason: text
    .optional()
    .describe(
      'Why a task failed, or a delivery was refused. Numbers, ids and the like may differ.',
    ),
  text: text
    .refine((value) => wordsOf(value).length > 0, 'must have a letter or a digit')
    .optional()
    .describe(
      'Words that must all be there, in facts, names, types, ids of senders, paths or reasons.',
    ),
}

export const taskQuery = z.strictObject({
  state: z.enum(TASK_STATES).optional(),
  program: name.optional(),
  rule: name.optional(),
  source: name.optional(),
  delivery: name.optional(),
  approval: z.enum(['pending']).optional().describe('Only tasks that wait for an approval.'),
  ...search,
  after: cursor(/^tsk_[0-9a-z]{10,26}$/),
  limit,
})

export const deliveryQuery = z.strictObject({
  source: name.optional(),
  outcome: z.enum(['accepted', 'duplicate', 'refused']).optional(),
  state: z
    .enum(DELIVERY_STATES)
    .optional()
    .describe(
      '`unmatched`: accepted with an event, but no rule matched. `dead`: at least one of its tasks is dead now.',
    ),
  program: name.optional().describe('Only deliveries with a task of this program.'),
  rule: name.optional().describe('Only deliveries with a task of this rule.'),
  ...search,
  after: cursor(/^dlv_[0-9a-z]{10,26}$/),
  limit,
})

export const explainQuery = z.strictObject({ event: name.optional() })

/** The filter of the store that a query means, without its page. */
export function toTaskFilter(query: z.output<typeof taskQuery>): Omit<TaskFilter, 'limit'> {
  const { delivery: deliveryId, fact: facts, limit: _, after: _after, ...filter } = query
  return given({ ...filter, deliveryId, facts })
}

/** The filter of the store that a query means, without its page. */
export function toDeliveryFilter(
  query: z.output<typeof deliveryQuery>,
): Omit<DeliveryFilter, 'limit'> {
  const { fact: facts, limit: _, after: _after, ...filter } = query
  return given({ ...filter, facts })
}

const contentLimit = wholeNumber(1)
  .optional()
  .describe('Characters of a text, or bytes, at most. Default: all.')

export const bodyQuery = z.strictObject({
  limit: contentLimit,
  exact: z
    .enum(['true', 'false'])
    .optional()
    .describe('`true`: all bytes as they were sent, or none if they hold a secret of the config.'),
})

export const payloadQuery = z.strictObject({
  event: name.optional().describe('Default: the first event of the delivery.'),
  limit: contentLimit,
})

export const oneTaskQuery = z.strictObject({
  tail: wholeNumber(0, 1000)
    .default(100)
    .describe('How many chunks of the end of its output to show.'),
})

export const logQuery = z.strictObject({
  after: wholeNumber(0).default(0),
  limit: wholeNumber(1, 1000).default(500),
  format: z
    .enum(['json', 'text'])
    .default('json')
    .describe('`text`: the whole output so far as a text file, without `limit`.'),
})

export const statsQuery = z.strictObject({
  ...span,
  by: z
    .enum(SPLITS)
    .optional()
    .describe('Splits the series: by program, by source, or refusals by error code.'),
})

export const errorQuery = z.strictObject({
  program: name.optional(),
  since: moment.optional(),
  after: cursor(/^\d{1,15}\.[!-~]{1,200}$/),
  limit,
})

export const eventsQuery = z.strictObject({
  kinds: z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(EVENT_KINDS)))
    .optional()
    .describe(`Separated by commas, of ${EVENT_KINDS.join(', ')}. Default: all.`),
})

/** The query of a list, with all values of `fact`, which may be given several times. */
export function listQuery(request: HonoRequest): Readonly<Record<string, string | string[]>> {
  const facts = request.queries('fact')
  return facts === undefined ? request.query() : { ...request.query(), fact: facts }
}

/** Parses a query string by a schema. Throws `request_invalid` with all faults. */
export function readQuery<Schema extends z.ZodType>(
  schema: Schema,
  query: Readonly<Record<string, string | string[]>>,
): z.output<Schema> {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map((issue) => ({
    parameter: issue.path.join('.') || ('keys' in issue ? issue.keys.join(', ') : ''),
    message: issueText(issue) + givenText(query[String(issue.path[0])]),
  }))
  throw new HooklineError(
    'request_invalid',
    `The query has ${errors.length} fault(s): ${errors.map((error) => `${error.parameter}: ${error.message}`).join('; ')}`,
    { fields: { errors } },
  )
}

/** What was given, for a message. Empty if nothing was. */
function givenText(value: string | string[] | undefined): string {
  return value === undefined ? '' : ` (given: ${JSON.stringify(value).slice(0, MAX_GIVEN)})`
}

/** A copy without the keys whose value is undefined. */
export function given<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]: Exclude<Fields[Key], undefined>
  }
}
