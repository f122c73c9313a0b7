import type { z } from 'zod'
import type { Role } from '../../contracts/access.ts'
import type { ErrorCode } from '../../kit/errors.ts'

/** One call of the API, as the OpenAPI document and the reference page describe it. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'delete' | 'options'
  /** As it is mounted: `/api/tasks/:id`. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  /** The least role that may call it; null: it asks for no token. */
  readonly role: Role | null
  readonly query?: z.ZodObject
  readonly headers?: readonly HeaderParameter[]
  readonly body?: z.ZodType
  /** By status. */
  readonly answers: Readonly<Record<number, OperationAnswer>>
  /** What it may be refused with, beside what every call may. */
  readonly problems?: readonly ErrorCode[]
}

export interface OperationAnswer {
  readonly description: string
  /** Of JSON; absent where the body is something else, or there is none. */
  readonly schema?: z.ZodType
  /** Media types beside JSON, or in its place. */
  readonly types?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
}

export interface HeaderParameter {
  readonly name: string
  readonly description: string
}
