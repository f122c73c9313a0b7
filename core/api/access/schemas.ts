import { z } from 'zod'
import { ROLES } from '../../contracts/access.ts'
import type { StoredDocument } from '../../contracts/document.ts'
import { personSchema } from './oidc/person.ts'

/** Collection of the access tokens in the store. */
export const TOKENS = 'tokens'
/** Collection of the browser sessions in the store. */
export const SESSIONS = 'sessions'

/** SHA-256 in hex; parsed to its bytes. */
const digest = z
  .hex()
  .length(64)
  .transform((text) => Buffer.from(text, 'hex'))
/** Milliseconds since the epoch. */
const time = z.int().min(0)

/** The document of an access token. */
export const tokenSchema = z.strictObject({
  hash: digest,
  role: z.enum(ROLES),
  createdAt: time,
  createdBy: z.string(),
  expiresAt: time.nullable(),
})

const session = z.strictObject({
  /** Of the session's secret. */
  hash: digest,
  createdAt: time,
  expiresAt: time,
})

/** The document of a session: of a token, or of a person who signed in with a provider. */
export const sessionSchema = z.union([
  session.extend({ tokenHash: digest }),
  session.extend({ person: personSchema }),
])

type Stored = Pick<StoredDocument, 'name' | 'version'>

export type TokenDocument = z.input<typeof tokenSchema>
export type SessionDocument = z.input<typeof sessionSchema>
export type StoredToken = z.output<typeof tokenSchema> & Stored
export type StoredSession = z.output<typeof sessionSchema> & Stored
