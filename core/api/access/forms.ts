import { z } from 'zod'
import { ROLES } from '../../contracts/access.ts'

/** Collections of the store. */
export const TOKENS = 'tokens'
export const SESSIONS = 'sessions'

const digest = z
  .hex()
  .length(64)
  .transform((text) => Buffer.from(text, 'hex'))
const time = z.int().min(0)

/** A token's document. */
export const tokenSchema = z.strictObject({
  /** SHA-256, hex. */
  hash: digest,
  role: z.enum(ROLES),
  createdAt: time,
  createdBy: z.string(),
  expiresAt: time.nullable(),
})

/** A session's document. */
export const sessionSchema = z.strictObject({
  /** Of its secret: SHA-256, hex. */
  hash: digest,
  /** Of the token that it was started with. */
  tokenHash: digest,
  createdAt: time,
  expiresAt: time,
})

/** Where a document was read. */
export interface Kept {
  readonly name: string
  readonly version: number
}
export type KeptToken = z.output<typeof tokenSchema> & Kept
export type KeptSession = z.output<typeof sessionSchema> & Kept
export type TokenForm = z.input<typeof tokenSchema>
export type SessionForm = z.input<typeof sessionSchema>
