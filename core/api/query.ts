import { z } from 'zod'
import { TASK_STATES } from '../contracts/task.ts'
import { HooklineError } from '../kit/errors.ts'

const MAX_PAGE = 200

const limit = z.coerce.number().int().min(1).max(MAX_PAGE).default(50)
const name = z.string().min(1).max(200)

export const taskQuery = z.strictObject({
  state: z.enum(TASK_STATES).optional(),
  program: name.optional(),
  rule: name.optional(),
  source: name.optional(),
  delivery: name.optional(),
  after: name.optional(),
  limit,
})

export const deliveryQuery = z.strictObject({
  source: name.optional(),
  outcome: z.enum(['accepted', 'duplicate', 'refused']).optional(),
  after: name.optional(),
  limit,
})

export const logQuery = z.strictObject({
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(500),
})

/** Reads a query string by its schema. Throws `request_invalid` with every fault. */
export function readQuery<Schema extends z.ZodType>(
  schema: Schema,
  query: Readonly<Record<string, string>>,
): z.output<Schema> {
  const parsed = schema.safeParse(query)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map((issue) => ({
    parameter: issue.path.join('.') || ('keys' in issue ? issue.keys.join(', ') : ''),
    message: issue.message,
  }))
  throw new HooklineError(
    'request_invalid',
    `The query has ${errors.length} fault(s): ${errors.map((error) => `${error.parameter}: ${error.message}`).join('; ')}`,
    { fields: { errors } },
  )
}

/** The same object without the keys whose value is undefined. */
export function given<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]: Exclude<Fields[Key], undefined>
  }
}
