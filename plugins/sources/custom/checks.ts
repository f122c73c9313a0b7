import { z } from 'zod'
import { addressRange, JWT_ALGORITHMS, secrets } from '../../../core/sdk/source.ts'

export const headerName = () =>
  z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')

export const path = () => z.string().min(1).describe('Dotted path in the payload, `user.name`.')

export const hmacAlgorithm = () => z.enum(['sha1', 'sha256', 'sha384', 'sha512'])
const encoding = () => z.enum(['hex', 'base64', 'base64url'])

/** One text or several. The output is a list. */
const texts = (text: z.ZodString) =>
  z.union([text, z.array(text).min(1)]).transform((value): readonly string[] => [value].flat())

/** The HMAC of something, as a sender writes it. */
export const hmacForm = {
  secret: secrets(),
  encoding: encoding().default('hex'),
  key: z
    .enum(['text', 'hex', 'base64', 'whsec'])
    .default('text')
    .describe('How the secret encodes the key. With `text` it is the key itself.'),
}

/** What is signed, and where the signature and the time are. */
const signatureForm = {
  header: headerName().describe('Header of the signature.'),
  separator: z
    .enum([',', ';', ' '])
    .optional()
    .describe(
      'Separator of the parts of the header: several signatures, or a time and a signature.',
    ),
  timestamp: z
    .strictObject({
      header: headerName().optional().describe('Header of the time.'),
      prefix: z
        .string()
        .min(1)
        .optional()
        .describe('Prefix of the time in the header of the signature, instead: `t=`.')
        .meta({ examples: ['t=', 'ts='] }),
      unit: z
        .enum(['s', 'ms', 'rfc3339', 'date'])
        .default('s')
        .describe('Seconds, milliseconds, RFC 3339, or as in the header `Date`.'),
      toleranceSeconds: z.number().positive().default(300),
    })
    .refine(
      ({ header, prefix }) => (header === undefined) !== (prefix === undefined),
      'needs either `header` or `prefix`',
    )
    .optional()
    .describe('When the delivery was signed. Older ones are refused.'),
  idHeader: headerName().optional().describe('Header of the id, where the template names {id}.'),
  template: z
    .string()
    .optional()
    .describe(
      'What is signed, of {body}, {timestamp}, {id}, {method}, {url} and {path}. Default `{body}`, with a timestamp `{timestamp}.{body}`.',
    )
    .meta({
      examples: [
        '{body}',
        '{timestamp}.{body}',
        '{timestamp}{body}',
        '{timestamp}:{body}',
        'v0:{timestamp}:{body}',
        '{body}{timestamp}',
        '{id}.{timestamp}.{body}',
        '{id}{timestamp}{body}',
        '{url}{body}',
        '{method}{path}{body}',
      ],
    }),
}

const hmac = z.strictObject({
  ...hmacForm,
  algorithm: z
    .union([hmacAlgorithm(), z.array(hmacAlgorithm()).min(1)])
    .default('sha256')
    .describe('Of several, the sender may use any.'),
  prefix: z
    .string()
    .optional()
    .describe(
      'Prefix of the signature, such as `sha256=`. `{algorithm}=` stands for each algorithm.',
    )
    .meta({ examples: ['sha256=', 'sha1=', 'sha512=', '{algorithm}=', 'v1=', 'v0=', 'v1,'] }),
  prefixOptional: z
    .boolean()
    .default(false)
    .describe('Whether the sender may leave out the prefix.'),
  ...signatureForm,
})

const publicKey = z.strictObject({
  key: texts(z.string().min(1)).describe(
    'The public key of the sender in PEM, RSA, EC or Ed25519; or an Ed25519 key in hex or base64.',
  ),
  digest: z
    .enum(['sha1', 'sha256', 'sha384', 'sha512'])
    .default('sha256')
    .describe('Digest of RSA and EC signatures.'),
  encoding: encoding().default('base64'),
  prefix: z.string().optional().describe('Prefix of the signature.'),
  ...signatureForm,
})

const jwt = z.strictObject({
  header: headerName()
    .default('Authorization')
    .describe('Header of the token. `Bearer` may stand before it.'),
  algorithms: z
    .array(z.enum(JWT_ALGORITHMS))
    .min(1)
    .describe('The only algorithms that are taken, whatever the token says.'),
  secret: secrets().optional().describe('The shared secret, for HS algorithms.'),
  publicKey: texts(z.string().min(1)).optional().describe('Public keys in PEM, for all others.'),
  jwksUrl: z
    .url({ protocol: /^https$/ })
    .optional()
    .describe('Where the sender lists its public keys (JWKS).'),
  issuer: texts(z.string().min(1)).optional().describe('What `iss` must be. Default: anything.'),
  audience: texts(z.string().min(1))
    .optional()
    .describe('What `aud` must name. Default: anything.'),
  claims: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .optional()
    .describe('Claims that must have these values.'),
  toleranceSeconds: z
    .number()
    .nonnegative()
    .max(600)
    .default(60)
    .describe('How far the clocks of both sides may differ.'),
  maxAgeSeconds: z
    .number()
    .positive()
    .default(300)
    .describe('How old a token may be that says when it was made (`iat`) and not when it ends.'),
  body: z
    .strictObject({
      claim: z.string().min(1),
      algorithm: z.enum(['sha256', 'sha384', 'sha512']).default('sha256'),
      encoding: encoding().default('hex'),
    })
    .optional()
    .describe(
      'The claim that has a hash of the body. Without it, the token does not protect the body.',
    ),
})

export type HmacCheck = z.output<typeof hmac>
export type PublicKeyCheck = z.output<typeof publicKey>
export type JwtCheck = z.output<typeof jwt>

/** The ways to verify a delivery. All that are set must hold. */
export const checks = {
  token: secrets().optional().describe('A token that the sender puts in a header.'),
  tokenHeader: headerName().optional().describe('Header of the token. Default: X-Webhook-Token.'),
  tokenPrefix: z
    .string()
    .optional()
    .describe('What stands before the token in its header, in any case.')
    .meta({ examples: ['Bearer ', 'Token ', 'GenieKey '] }),
  tokenQuery: z
    .string()
    .min(1)
    .optional()
    .describe('Query parameter of the URL in which the token is, instead of a header.'),
  tokenPath: path()
    .optional()
    .describe('Path in the payload, JSON or a form, where the token is, instead of a header.'),
  bearer: secrets().optional().describe('A token in `Authorization: Bearer`.'),
  basic: z
    .strictObject({
      username: z.string().regex(/^[^:]+$/, 'must not be empty or hold a colon'),
      password: secrets(),
    })
    .optional()
    .describe('A user name and password in `Authorization: Basic`.'),
  hmac: hmac.optional().describe('A signature with a shared secret (HMAC) over the body.'),
  publicKey: publicKey.optional().describe('A signature that a public key verifies.'),
  jwt: jwt.optional().describe('A JSON Web Token.'),
  clientCertificate: z
    .record(headerName(), z.string().min(1))
    .refine((headers) => Object.keys(headers).length > 0, 'must name a header')
    .optional()
    .describe(
      'Headers in which a trusted proxy (`trustedProxies`) tells of the client certificate that it has checked, with the values they must have: `{ "X-SSL-Client-Verify": "SUCCESS" }`.',
    ),
}

/** The checks that can stand alone. */
export const WAYS = [
  'token',
  'bearer',
  'basic',
  'hmac',
  'publicKey',
  'jwt',
  'clientCertificate',
] as const

/** One of several alternatives of verifying. */
export const alternative = z
  .strictObject({
    ...checks,
    allow: z
      .array(addressRange)
      .min(1)
      .optional()
      .describe('Addresses or CIDR ranges from which deliveries are accepted.'),
  })
  .superRefine((given, context) => {
    for (const message of checkFaults(given)) context.addIssue({ code: 'custom', message })
    if ([...WAYS, 'allow' as const].every((way) => given[way] === undefined)) {
      context.addIssue({ code: 'custom', message: 'needs a way to verify' })
    }
  })

export type Checks = z.output<typeof alternative>

/** What is wrong with checks that are each valid. */
export function checkFaults(given: Checks): readonly string[] {
  const { token, tokenPrefix, tokenHeader, tokenQuery, tokenPath, bearer, basic, jwt } = given
  const places = [tokenHeader, tokenQuery, tokenPath].filter((place) => place !== undefined)
  const settings = [tokenPrefix, tokenQuery, tokenPath].filter((setting) => setting !== undefined)
  const faults: string[] = []
  if (token === undefined && settings.length > 0) {
    faults.push('says where the token is, but has no `token`')
  }
  if (places.length > 1) {
    faults.push('has one token: set only one of `tokenHeader`, `tokenQuery` and `tokenPath`')
  }
  if (tokenPrefix !== undefined && (tokenQuery ?? tokenPath) !== undefined) {
    faults.push('can have `tokenPrefix` only for a token in a header')
  }
  if (bearer !== undefined && basic !== undefined) {
    faults.push('cannot have both `bearer` and `basic`: one header cannot carry both')
  }
  const keys = [jwt?.secret, jwt?.publicKey, jwt?.jwksUrl].filter((key) => key !== undefined)
  if (jwt !== undefined && keys.length !== 1) {
    faults.push('needs one of `secret`, `publicKey` and `jwksUrl` in `jwt`')
  }
  // Whoever lists keys for many, as Google does, signs for all of them.
  if (jwt?.jwksUrl !== undefined && (jwt.audience ?? jwt.claims) === undefined) {
    faults.push('needs `audience` or `claims` in `jwt`: the keys at a URL may sign for others too')
  }
  return faults
}
