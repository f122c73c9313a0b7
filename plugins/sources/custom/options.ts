import { z } from 'zod'
import { isEventType } from '../../../core/sdk/source.ts'
import { alternative, type Checks, checkFaults, checks, headerName, path } from './checks.ts'

const eventType = () =>
  z.string().refine(isEventType, 'must be words of letters, digits and _ : / -, joined by dots')

/** Options of `custom`. Every configured proof must be valid. */
export const customOptions = z
  .object({
    ...checks,
    anyOf: z
      .array(alternative)
      .min(1)
      .optional()
      .describe('Alternatives, of which one must hold, beside every other way that is set.'),
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
    for (const message of faultsOf(options)) context.addIssue({ code: 'custom', message })
  })

type Verified = Checks & { readonly anyOf?: unknown; readonly unverified?: true | undefined }

function faultsOf({ unverified, anyOf, ...given }: Verified): readonly string[] {
  const { token, bearer, basic, hmac } = given
  const isVerified = [token, bearer, basic, hmac, anyOf].some((way) => way !== undefined)
  const faults = [...checkFaults(given)]
  if (isVerified && unverified) faults.push('cannot have both `unverified` and a way to verify')
  if (!isVerified && !unverified) {
    faults.push(
      'needs a way to verify: `token`, `bearer`, `basic`, `hmac` or `anyOf`; or say `unverified: true`',
    )
  }
  return faults
}

export type CustomOptions = z.output<typeof customOptions>
