import { z } from 'zod'
import { ROLES } from '../../contracts/access.ts'
import { sessionBody, signInBody } from '../access/sessions/routes.ts'
import { newTokenBody } from '../access/tokens/routes.ts'
import { auditQuery } from '../audit/routes.ts'
import { rotateQuery } from '../secret-routes.ts'
import { type Operation, ok, operations, time } from './operation.ts'

const role = z.enum(ROLES)

const tokenShape = {
  name: z.string(),
  role,
  createdBy: z.string(),
  createdAt: time,
  expiresAt: time.nullable(),
  expired: z.boolean(),
}

const tokenSchema = z.strictObject(tokenShape).meta({ id: 'Token' })

const sessionSchema = z
  .strictObject({
    name: z.string(),
    role,
    via: z.enum(['token', 'session']),
    csrf: z
      .string()
      .nullable()
      .describe('For the header `X-Hookline-CSRF`; null without a session.'),
    expiresAt: time.nullable(),
  })
  .meta({ id: 'Session' })

const entrySchema = z
  .strictObject({
    sequence: z.int(),
    at: z.int().describe('Milliseconds since the epoch.'),
    actor: z.string(),
    action: z.string(),
    target: z.string(),
    outcome: z.enum(['done', 'refused']),
    detail: z.string().describe('JSON text, without secrets.'),
    client: z.string().nullable(),
    node: z.string(),
    hash: z.string(),
  })
  .meta({ id: 'AuditEntry' })

const keySchema = z
  .strictObject({
    id: z.string(),
    from: z.string().nullable().describe('Where the key comes from; null if it is missing.'),
    seals: z.boolean(),
    documents: z.int(),
    payloads: z.boolean(),
  })
  .meta({ id: 'Key' })

const OIDC_PROBLEMS = ['oidc_not_configured', 'oidc_unavailable'] as const

export const ACCESS_OPERATIONS: readonly Operation[] = [
  ...operations('Access', {
    'GET /api/session': {
      id: 'getSession',
      summary: 'Shows the caller.',
      role: 'viewer',
      answers: ok('The caller.', sessionSchema),
    },
    'POST /api/session': {
      id: 'startSession',
      summary: 'Starts a session for a browser, which is kept in a cookie.',
      role: null,
      body: sessionBody.meta({ id: 'SignIn' }),
      problems: [
        ...(['unauthorized', 'sign_in_code_invalid', 'rate_limited'] as const),
        ...(['admin_not_public', 'csrf_refused'] as const),
        ...OIDC_PROBLEMS,
        ...(['oidc_refused', 'oidc_no_role'] as const),
      ],
      answers: {
        201: {
          description: 'The session.',
          schema: sessionSchema,
          headers: { 'Set-Cookie': 'The session cookie.' },
        },
      },
    },
    'POST /api/session/oidc': {
      id: 'startProviderSignIn',
      summary: 'Starts a sign-in with the provider of `admin.oidc`.',
      role: null,
      body: signInBody,
      problems: ['admin_not_public', ...OIDC_PROBLEMS],
      answers: {
        201: {
          description: 'Where to send the browser.',
          schema: z.strictObject({ url: z.url() }),
          headers: { 'Set-Cookie': 'What must come back, for ten minutes.' },
        },
      },
    },
    'POST /api/session/codes': {
      id: 'createSignInCode',
      summary:
        'Issues a one-time code, which starts a session with the role of the token within 15 minutes.',
      role: 'viewer',
      answers: {
        201: {
          description: 'The code, and the path of the dashboard that takes it.',
          schema: z.strictObject({ code: z.string(), path: z.string(), expiresAt: time }),
        },
      },
    },
    'DELETE /api/session': {
      id: 'endSession',
      summary: 'Ends the session.',
      role: 'viewer',
      problems: ['session_missing'],
      answers: ok(
        'The session has ended.',
        z.strictObject({
          signedOut: z.literal(true),
          providerUrl: z
            .url()
            .nullable()
            .describe(
              'Where the browser signs out of the provider too; null if it has no such page, or did not start the session.',
            ),
        }),
      ),
    },
    'GET /api/tokens': {
      id: 'listTokens',
      summary: 'Lists the access tokens, without their text.',
      role: 'admin',
      answers: ok('All tokens.', z.strictObject({ tokens: z.array(tokenSchema) })),
    },
    'POST /api/tokens': {
      id: 'createToken',
      summary: 'Creates an access token. Its text is only shown in this answer.',
      role: 'admin',
      body: newTokenBody.meta({ id: 'NewToken' }),
      problems: ['token_exists'],
      answers: {
        201: {
          description: 'The token.',
          schema: z.strictObject({ ...tokenShape, token: z.string() }).meta({ id: 'CreatedToken' }),
          headers: { Location: 'Path of the token.' },
        },
      },
    },
    'DELETE /api/tokens/:name': {
      id: 'revokeToken',
      summary: 'Revokes an access token and ends its sessions.',
      role: 'admin',
      problems: ['token_unknown'],
      answers: ok('The revoked token.', tokenSchema),
    },
    'GET /api/audit': {
      id: 'listAuditEntries',
      summary: 'Lists the audit log in order. The hash of an entry covers all entries before it.',
      role: 'admin',
      query: auditQuery,
      answers: ok(
        'A page.',
        z.strictObject({ entries: z.array(entrySchema), next: z.int().nullable() }),
      ),
    },
  }),
  ...operations('Secrets', {
    'GET /api/secrets': {
      id: 'listKeys',
      summary: 'Lists the sealing keys by id. The keys themselves are never shown.',
      role: 'admin',
      answers: ok('All keys.', z.strictObject({ keys: z.array(keySchema) })),
    },
    'POST /api/secrets/rotate': {
      id: 'rotateKeys',
      summary: 'Creates a new sealing key and seals all documents with it.',
      role: 'admin',
      query: rotateQuery,
      problems: ['key_fixed'],
      answers: ok(
        'The key in use, and how many documents were sealed with it.',
        z.strictObject({ key: z.string(), documents: z.int() }),
      ),
    },
    'DELETE /api/secrets/:id': {
      id: 'forgetKey',
      summary:
        'Forgets an old sealing key, so that nodes start without it. Payloads sealed with it cannot be read.',
      role: 'admin',
      problems: ['not_found', 'key_in_use'],
      answers: ok('The forgotten key.', keySchema),
    },
  }),
]
