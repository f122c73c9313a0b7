import { z } from 'zod'
import { secret, templateText } from '../../../core/index.ts'

const addresses = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)])

const smtp = z
  .strictObject({
    url: secret()
      .optional()
      .describe('All in one: `smtps://user:password@host:465`, or `smtp://…`, percent-encoded.'),
    host: z.string().min(1).optional().describe('Name or address of the mail server.'),
    port: z.int().min(1).max(65_535).optional().describe('Default: 465 with `secure`, else 587.'),
    secure: z
      .boolean()
      .optional()
      .describe('TLS from the first byte on. Default: true for port 465, else STARTTLS.'),
    user: z.string().min(1).optional().describe('User name; needs `password`.'),
    password: secret().optional().describe('Password of `user`.'),
    requireTls: z
      .boolean()
      .default(true)
      .describe(
        'Whether a server without TLS is refused. Set it to false only for one on this machine or network: password and ' +
          'mail may then go out in the clear.',
      ),
  })
  .refine(({ url, host }) => (url === undefined) !== (host === undefined), {
    message: 'must hold either `url` or `host`',
  })
  .refine(
    ({ url, port, secure, user }) => url === undefined || [port, secure, user].every(isUnset),
    {
      message: 'must hold nothing of `port`, `secure` and `user` beside `url`',
    },
  )
  .refine(({ user, password }) => isUnset(user) === isUnset(password), {
    message: 'must hold `user` and `password` together',
  })

/** What an `email` program can be given. */
export const options = z
  .object({
    smtp: smtp.describe('The mail server.'),
    from: z
      .string()
      .min(1)
      .describe('Sender: `hooks@example.com` or `Hookline <hooks@example.com>`.'),
    to: addresses.describe(
      'Recipients: one, several with commas, or a list. Never from the event.',
    ),
    cc: addresses.optional().describe('Recipients of a copy.'),
    bcc: addresses.optional().describe('Recipients of a copy whom the others do not see.'),
    replyTo: addresses.optional().describe('Where answers go. Default: to the sender.'),
    subject: templateText().describe(
      'Subject, a template: `{branch} deployed`. Line ends become spaces; cut after 250 characters.',
    ),
    text: templateText().optional().describe('The message as plain text, a template.'),
    html: z
      .string()
      .optional()
      .describe('The message as HTML, a template; the values put in are escaped.'),
    attachPayload: z
      .boolean()
      .default(false)
      .describe('Whether the payload of the event goes along as `payload.json`.'),
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
