import { z } from 'zod'
import { ROLES } from '../../contracts/access.ts'
import { auditQuery } from '../audit.ts'
import { rotateQuery } from '../secrets.ts'
import { sessionBody } from '../session.ts'
import { newTokenBody } from '../tokens.ts'
import type { Operation } from './operation.ts'
import { time } from './task-operations.ts'

const role = z.enum(ROLES)

const tokenSchema = z.strictObject({
  name: z.string(),
  role,
  createdBy: z.string(),
  createdAt: time,
  expiresAt: time.nullable(),
  expired: z.boolean(),
})

const sessionSchema = z.strictObject({
  name: z.string(),
  role,
  via: z.enum(['token', 'session']),
  csrf: z.string().nullable().describe('For the header X-Hookline-CSRF; null without a session.'),
  expiresAt: time.nullable(),
})

const entrySchema = z.strictObject({
  sequence: z.int(),
  at: z.int().describe('Milliseconds since the epoch.'),
  actor: z.string(),
  action: z.string(),
  target: z.string(),
  outcome: z.enum(['done', 'refused']),
  detail: z.string().describe('JSON text, masked.'),
  client: z.string().nullable(),
  node: z.string(),
  hash: z.string(),
})

const keySchema = z.strictObject({
  id: z.string(),
  from: z.string().nullable().describe('Where the key comes from; null: it is not there.'),
  seals: z.boolean(),
  documents: z.int(),
  payloads: z.boolean(),
})

const of =
  (tag: string) =>
  (operation: Omit<Operation, 'tag'>): Operation => ({ tag, ...operation })

const access = of('Access')
const secrets = of('Secrets')

export const ACCESS_OPERATIONS: readonly Operation[] = [
  access({
    ...{ method: 'get', path: '/api/session', role: 'viewer' },
    summary: 'Who calls.',
    answers: { 200: { description: 'The caller.', schema: sessionSchema } },
  }),
  access({
    ...{ method: 'post', path: '/api/session', role: null, body: sessionBody },
    summary: 'Starts a session of a browser, kept by a cookie.',
    problems: ['unauthorized', 'rate_limited', 'admin_not_public', 'csrf_refused'],
    answers: {
      201: {
        description: 'The session.',
        schema: sessionSchema,
        headers: { 'Set-Cookie': 'The session.' },
      },
    },
  }),
  access({
    ...{ method: 'delete', path: '/api/session', role: 'viewer' },
    summary: 'Ends the session.',
    problems: ['session_missing'],
    answers: {
      200: { description: 'It is ended.', schema: z.strictObject({ signedOut: z.literal(true) }) },
    },
  }),
  access({
    ...{ method: 'get', path: '/api/tokens', role: 'admin' },
    summary: 'The access tokens, without themselves.',
    answers: {
      200: { description: 'All.', schema: z.strictObject({ tokens: z.array(tokenSchema) }) },
    },
  }),
  access({
    ...{ method: 'post', path: '/api/tokens', role: 'admin', body: newTokenBody },
    summary: 'Makes an access token, which is shown this once.',
    problems: ['token_exists'],
    answers: {
      201: {
        description: 'The token.',
        schema: tokenSchema.extend({ token: z.string() }),
        headers: { Location: 'Path of the token.' },
      },
    },
  }),
  access({
    ...{ method: 'delete', path: '/api/tokens/:name', role: 'admin' },
    summary: 'Revokes an access token, and ends its sessions.',
    problems: ['token_unknown'],
    answers: { 200: { description: 'What it was.', schema: tokenSchema } },
  }),
  access({
    ...{ method: 'get', path: '/api/audit', role: 'admin', query: auditQuery },
    summary: 'Who did what, in order; each entry carries the hash of all before it.',
    answers: {
      200: {
        description: 'A page.',
        schema: z.strictObject({ entries: z.array(entrySchema), next: z.int().nullable() }),
      },
    },
  }),
  secrets({
    ...{ method: 'get', path: '/api/secrets', role: 'admin' },
    summary: 'The keys that secrets are sealed with, without themselves.',
    answers: { 200: { description: 'All.', schema: z.strictObject({ keys: z.array(keySchema) }) } },
  }),
  secrets({
    ...{ method: 'post', path: '/api/secrets/rotate', role: 'admin', query: rotateQuery },
    summary: 'Makes a new key, and seals all documents with it.',
    problems: ['key_fixed'],
    answers: {
      200: {
        description: 'What was done.',
        schema: z.strictObject({ key: z.string(), documents: z.int() }),
      },
    },
  }),
  secrets({
    ...{ method: 'delete', path: '/api/secrets/:id', role: 'admin' },
    summary: 'Forgets a key that is gone, with what was sealed with it.',
    problems: ['not_found', 'key_in_use'],
    answers: { 200: { description: 'What it was.', schema: keySchema } },
  }),
]
