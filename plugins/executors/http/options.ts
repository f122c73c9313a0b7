import { z } from 'zod'
import { secret, secrets, templateText } from '../../../core/sdk/executor.ts'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
/** https://www.rfc-editor.org/rfc/rfc9110#name-tokens */
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a header name')
const secretName = z.string().regex(/^[A-Za-z0-9_-]+$/, 'must be of letters, digits, `_` and `-`')
const status = z.union([
  z.int().min(100).max(599),
  z.string().regex(/^[1-5]xx$/, 'must be a status or a class of them: `5xx`'),
])

/** The options of an `http` program. */
export const options = z
  .object({
    url: z
      .string()
      .min(1)
      .describe(
        'Where the request goes. In the path and the query, `{name}` is replaced by a value of the event, ' +
          'percent-encoded; scheme, host and port are fixed. `{secret.name}` is allowed anywhere.',
      ),
    method: z.enum(METHODS).default('POST').describe('The request method.'),
    headers: z
      .record(headerName, templateText())
      .default({})
      .describe(
        'Headers by name; values are templates: `{branch}`, `{secret.key}`, `{{` for a brace.',
      ),
    body: z
      .union([
        z.enum(['event', 'payload', 'none']),
        z.strictObject({ json: z.json() }),
        z.strictObject({ text: templateText() }),
      ])
      .optional()
      .describe(
        'The event or its payload as JSON; `{ json: … }`, where each text is a template and `{ cel: … }` an expression for ' +
          'any value; or `{ text: … }`. Default: the event; nothing with GET, HEAD, DELETE and OPTIONS.',
      ),
    secrets: z
      .record(secretName, secret())
      .default({})
      .describe(
        'Secrets for `{secret.name}` in `url`, `headers` and `body`. They are inserted as they are.',
      ),
    sign: z
      .strictObject({
        secret: secrets().describe(
          'One secret, or several during a change of secrets: `whsec_…` as in Standard Webhooks, or any text.',
        ),
      })
      .optional()
      .describe(
        'Signs requests as Standard Webhooks does. `webhook-id` is the id of the task, the same at each attempt, so that ' +
          'the receiver can ignore duplicates.',
      ),
    bearer: secret().optional().describe('Token for `Authorization: Bearer`.'),
    basic: z
      .strictObject({
        user: z
          .string()
          .regex(/^[^:]*$/, 'must not hold a colon')
          .describe('User name.'),
        password: secret().describe('Password.'),
      })
      .optional()
      .describe('User and password for `Authorization: Basic`.'),
    redirects: z
      .int()
      .min(0)
      .max(10)
      .default(0)
      .describe(
        'How many redirects to follow; each is checked like `url`. The headers given here are not sent to another ' +
          'origin. After the last one, the redirect itself is the response.',
      ),
    allowPrivate: z
      .union([z.boolean(), z.array(z.string().min(1))])
      .default(false)
      .describe(
        'Addresses to allow besides public ones: a list of addresses, CIDR ranges and host names, or true for all private ' +
          'and loopback addresses. Link-local and cloud metadata addresses must be listed.',
      ),
    allowHttp: z
      .boolean()
      .default(false)
      .describe('Whether `http:` is allowed: nothing is encrypted then.'),
    successStatuses: z
      .array(status)
      .min(1)
      .default(['2xx'])
      .describe('Statuses that succeed: numbers, or classes such as `2xx`.'),
    retryStatuses: z
      .array(status)
      .default([408, 425, 429, '5xx'])
      .describe('Statuses that are retried, not before `Retry-After`. All others are final.'),
    responseLimitBytes: z
      .int()
      .min(0)
      .max(1024 * 1024)
      .default(64 * 1024)
      .describe('How many bytes of the response are read and kept.'),
  })
  .refine(({ body, method }) => !isBodiless(method) || body === undefined || body === 'none', {
    path: ['body'],
    message: 'must be none: GET and HEAD carry no body',
  })
  .refine(({ bearer, basic }) => bearer === undefined || basic === undefined, {
    path: ['basic'],
    message: 'must not be given beside `bearer`',
  })

/** Options of an `http` program as its schema gives them. */
export type HttpOptions = z.output<typeof options>

function isBodiless(method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}
