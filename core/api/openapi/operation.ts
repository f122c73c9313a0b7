import { z } from 'zod'
import type { Role } from '../../contracts/access.ts'
import type { ErrorCode } from '../../errors/errors.ts'

export const time = z.iso.datetime().describe('ISO 8601, in UTC.')

export const next = z
  .string()
  .nullable()
  .describe('The value of `after` for the next page; null on the last page.')

/** Why something failed, as the error reference has it. */
export const faultSchema = z
  .strictObject({
    code: z.string().describe('A code of the error reference.'),
    message: z.string(),
    remedy: z.string(),
  })
  .meta({ id: 'Fault' })

/** One operation of the API, as the OpenAPI document and the reference page describe it. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'delete' | 'options'
  /** As Hono writes it: `/api/tasks/:id`. */
  readonly path: string
  readonly tag: string
  /** Its name in clients: `listTasks`. */
  readonly id: string
  readonly summary: string
  /** The lowest role that may call it; null: it is public. */
  readonly role: Role | null
  readonly query?: z.ZodObject
  readonly headers?: readonly HeaderParameter[]
  readonly body?: z.ZodType
  /** Of a body that is not JSON: what it holds. */
  readonly rawBody?: string
  /** By status. */
  readonly answers: Readonly<Record<number, OperationAnswer>>
  /** Error codes besides those of every operation. */
  readonly problems?: readonly ErrorCode[]
}

export interface OperationAnswer {
  readonly description: string
  /** Schema of a JSON body; absent if there is none. */
  readonly schema?: z.ZodType
  /** Media types other than JSON. */
  readonly types?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
}

export interface HeaderParameter {
  readonly name: string
  readonly description: string
}

/** Operations by `METHOD path`, all with one tag. */
export function operations(
  tag: string,
  byKey: Readonly<Record<string, Omit<Operation, 'method' | 'path' | 'tag'>>>,
): readonly Operation[] {
  return Object.entries(byKey).map(([key, operation]) => {
    const [method = '', path = ''] = key.split(' ')
    return { method: method.toLowerCase() as Operation['method'], path, tag, ...operation }
  })
}

/** The usual answers of an operation: 200 with a JSON body. */
export function ok(description: string, schema: z.ZodType): Operation['answers'] {
  return { 200: { description, schema } }
}
