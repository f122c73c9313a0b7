import { z } from 'zod'
import { secret, templateText } from '../../../core/sdk/executor.ts'

const addresses = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])

const smtp = z
  .strictObject({
    url: secret()
      .optional()
      .describe(
        'All in one URL, percent-encoded: `smtps://user:password@host:465`, or `smtp://…`.',
      ),
    host: z.string().min(1).optional().describe('Name or address of the mail server.'),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe('Port of the mail server. Default: 465 with `secure`, otherwise 587.'),
    secure: z
      .boolean()
      .optional()
      .describe(
        'Whether TLS starts with the connection. Default: true for port 465; otherwise STARTTLS is used.',
      ),
    user: z.string().min(1).optional().describe('User name; needs `password`.'),
    password: secret().optional().describe('Password of `user`.'),
    requireTls: z
      .boolean()
      .default(true)
      .describe(
        'Whether a server without TLS is refused. Set it to false only for a server on this machine or network: password ' +
          'and mail may then be sent unencrypted.',
      ),
  })
  .refine(({ url, host }) => (url === undefined) !== (host === undefined), {
    message: 'must hold either `url` or `host`',
  })
  .refine(
    ({ url, port, secure, user }) => url === undefined || [port, secure, user].every(isUnset),
    {
      message: 'must not hold `port`, `secure` or `user` beside `url`',
    },
  )
  .refine(({ user, password }) => isUnset(user) === isUnset(password), {
    message: 'must hold `user` and `password` together',
  })

/** The options of an `email` program. */
export const options = z
  .object({
    smtp: smtp.describe('The mail server.'),
    from: z
      .string()
      .min(1)
      .describe('Sender: `hooks@example.com` or `Hookline <hooks@example.com>`.'),
    to: addresses.describe(
      'Recipients: one address, several with commas, or a list. They never come from the event.',
    ),
    cc: addresses.optional().describe('Recipients of a copy.'),
    bcc: addresses.optional().describe('Recipients of a copy that the others do not see.'),
    replyTo: addresses.optional().describe('Where replies go. Default: to the sender.'),
    subject: templateText().describe(
      'The subject, a template: `{branch} deployed`. Line ends become spaces; at most 250 characters are kept.',
    ),
    text: templateText().optional().describe('The message as plain text, a template.'),
    html: z.string().optional().describe('The message as HTML, a template. Values are escaped.'),
    attachPayload: z
      .boolean()
      .default(false)
      .describe('Whether to attach the payload of the event as `payload.json`.'),
  })
  .refine(({ text, html }) => text !== undefined || html !== undefined, {
    path: ['text'],
    message: 'must be given, or `html`',
  })

/** Options of an `email` program as its schema gives them. */
export type EmailOptions = z.output<typeof options>

function isUnset(value: unknown): boolean {
  return value === undefined
}
