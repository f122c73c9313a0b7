import { z } from 'zod'
import { isEventType } from '../../../core/sdk/source.ts'
import { acknowledgement, answerRule } from './answer-options.ts'
import { alternative, type Checks, checkFaults, checks, headerName, path, WAYS } from './checks.ts'

const eventType = () =>
  z.string().refine(isEventType, 'must be words of letters, digits and _ : / -, joined by dots')

const DEFAULT_INFLATED_BYTES = 10 * 1024 * 1024
const MAX_INFLATED_BYTES = 100 * 1024 * 1024

/** How a sender is verified, read and answered. */
export const senderOptions = {
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
    .enum(['json', 'ndjson', 'xml'])
    .optional()
    .describe(
      'Read every body as JSON, as lines of JSON or as XML, whatever its content type says.',
    ),
  jsonFields: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Fields of a form, or parts of a multipart form, that hold JSON: `payload`.'),
  batch: z
    .union([z.literal(true), path()])
    .optional()
    .describe(
      'Each item is an event: of the body, a list or lines of JSON (`true`), or of the list at this path, whose payload is the body with that item alone.',
    ),
  gzip: z
    .strictObject({
      maxBytes: z
        .int()
        .min(1)
        .max(MAX_INFLATED_BYTES)
        .default(DEFAULT_INFLATED_BYTES)
        .describe('Largest size of the inflated body in bytes.'),
      signed: z
        .enum(['compressed', 'inflated'])
        .default('compressed')
        .describe('What is verified: the body as it is sent, or as it was before compression.'),
    })
    .optional()
    .describe('Accept bodies with `Content-Encoding: gzip`. Default: they are refused.'),
  answer: z
    .array(answerRule)
    .min(1)
    .optional()
    .describe(
      'Requests that are answered before anything is verified, and are no events: probes and challenges. The first that fits counts.',
    ),
  acknowledge: acknowledgement
    .optional()
    .describe('The answer to every accepted delivery, in place of 202 and the id.'),
}

/** The schema of these options. */
export const SENDER = z.object(senderOptions)

/** The options of `custom` without those that only name others. */
export type CustomOptions = z.output<typeof SENDER>

/** What is wrong with options that are each valid. */
export function senderFaults({
  unverified,
  anyOf,
  gzip,
  ...given
}: CustomOptions): readonly string[] {
  const ways = [anyOf, ...WAYS.map((way) => given[way])]
  const isVerified = ways.some((way) => way !== undefined)
  const faults = [...checkFaults(given as Checks)]
  if (isVerified && unverified) faults.push('cannot have both `unverified` and a way to verify')
  if (!isVerified && !unverified) {
    const names = WAYS.map((way) => `\`${way}\``).join(', ')
    faults.push(`needs a way to verify: ${names} or \`anyOf\`; or say \`unverified: true\``)
  }
  if (unverified && gzip !== undefined) {
    faults.push(
      'cannot have both `unverified` and `gzip`: a stranger could send what inflates to much',
    )
  }
  return faults
}
