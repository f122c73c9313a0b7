import { z } from 'zod'
import { addressRange, secrets } from '../../../core/sdk/source.ts'

export const headerName = () =>
  z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')

export const path = () => z.string().min(1).describe('Dotted path in the payload, `user.name`.')

const hmac = z.strictObject({
  secret: secrets(),
  header: headerName().describe('Header of the signature.'),
  algorithm: z.enum(['sha1', 'sha256', 'sha384', 'sha512']).default('sha256'),
  encoding: z.enum(['hex', 'base64', 'base64url']).default('hex'),
  prefix: z
    .string()
    .optional()
    .describe('Prefix of the signature, such as `sha256=`.')
    .meta({ examples: ['sha256=', 'sha1=', 'sha512=', 'v1=', 'v0=', 'v1,'] }),
  separator: z
    .enum([',', ';', ' '])
    .optional()
    .describe('Separator between several signatures in one header.'),
  timestamp: z
    .strictObject({
      header: headerName(),
      unit: z.enum(['s', 'ms']).default('s'),
      toleranceSeconds: z.number().positive().default(300),
    })
    .optional(),
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
  key: z
    .enum(['text', 'hex', 'base64', 'whsec'])
    .default('text')
    .describe('How the secret encodes the key. With `text` it is the key itself.'),
})

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
  hmac: hmac.optional().describe('A signature over the body.'),
}

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
    if (Object.values(given).every((value) => value === undefined)) {
      context.addIssue({ code: 'custom', message: 'needs a way to verify' })
    }
  })

export type Checks = z.output<typeof alternative>

/** What is wrong with checks that are each valid. */
export function checkFaults(given: Checks): readonly string[] {
  const { token, tokenPrefix, tokenHeader, tokenQuery, tokenPath, bearer, basic } = given
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
  return faults
}
