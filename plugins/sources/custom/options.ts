import { z } from 'zod'
import { isEventType, secrets } from '../../../core/sdk/source.ts'

const headerName = () =>
  z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'must be the name of a header')

const path = () => z.string().min(1).describe('Dotted path in the payload, `user.name`.')

const eventType = () =>
  z.string().refine(isEventType, 'must be words of letters, digits and _ : / -, joined by dots')

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

/** Options of `custom`. Every configured proof must be valid. */
export const customOptions = z
  .object({
    token: secrets().optional().describe('A token that the sender puts in a header.'),
    tokenHeader: headerName().default('X-Webhook-Token'),
    bearer: secrets().optional().describe('A token in `Authorization: Bearer`.'),
    basic: z
      .strictObject({
        username: z.string().regex(/^[^:]+$/, 'must not be empty or hold a colon'),
        password: secrets(),
      })
      .optional()
      .describe('A user name and password in `Authorization: Basic`.'),
    hmac: hmac.optional().describe('A signature over the body.'),
    unverified: z
      .literal(true)
      .optional()
      .describe('Accept deliveries from anybody who can reach this service.'),
    type: z
      .strictObject({
        header: headerName().optional(),
        path: path().optional(),
        default: eventType().default('event'),
      })
      .optional()
      .describe(
        'Where the event type is. Default: header X-Webhook-Event, then `event` or `type` of the payload, then `event`.',
      ),
    id: z
      .union([
        z.strictObject({ header: headerName() }),
        z.strictObject({ path: path() }),
        z.strictObject({ hash: z.literal(true) }),
      ])
      .optional()
      .describe(
        'How repeated deliveries are recognized: by a header, a path, or a hash of the body.',
      ),
    facts: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a name'), path())
      .optional()
      .describe('Facts by name, each a path in the payload. Default: its top-level values.'),
    contentTypes: z
      .array(z.string().toLowerCase())
      .min(1)
      .optional()
      .describe('Accepted media types. Any that is neither JSON nor a form is read as text.'),
    format: z
      .literal('json')
      .optional()
      .describe('Read every body as JSON, whatever its content type says.'),
  })
  .superRefine((options, context) => {
    const fault = faultOf(options)
    if (fault !== null) context.addIssue({ code: 'custom', message: fault })
  })

interface Ways {
  readonly token?: unknown
  readonly bearer?: unknown
  readonly basic?: unknown
  readonly hmac?: unknown
  readonly unverified?: unknown
}

function faultOf({ token, bearer, basic, hmac, unverified }: Ways): string | null {
  const verified = [token, bearer, basic, hmac].some((way) => way !== undefined)
  if (verified && unverified) return 'cannot have both `unverified` and a way to verify'
  if (!verified && !unverified) {
    return 'needs a way to verify: `token`, `bearer`, `basic` or `hmac`; or say `unverified: true`'
  }
  if (bearer !== undefined && basic !== undefined) {
    return 'cannot have both `bearer` and `basic`: one header cannot carry both'
  }
  return null
}

export type CustomOptions = z.output<typeof customOptions>
