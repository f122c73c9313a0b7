import { z } from 'zod'
import { parseAddress } from '../kit/address-ranges.ts'
import { secret } from '../kit/secret.ts'

const text = z.string().min(1).max(500)

const claims = z
  .record(text, z.array(text).min(1).max(100))
  .describe('Claims by name, and for each the values that give the role. One of them is enough.')

/** Sign-in to the dashboard with an OpenID Connect provider. */
export const oidcSchema = z
  .strictObject({
    issuer: z
      .url({ protocol: /^https?$/, error: 'must be an https URL', abort: true })
      .refine(isSafeIssuer, 'must be an https URL; http is for this machine only')
      .describe(
        'URL of the provider, as its `/.well-known/openid-configuration` gives it. Only `https`, except for this machine.',
      ),
    clientId: text.describe('Id of the client that was registered at the provider.'),
    clientSecret: secret()
      .optional()
      .describe(
        'Secret of the client. Default: a public client, which is protected by PKCE alone.',
      ),
    clientAuthentication: z
      .enum(['basic', 'post'])
      .default('basic')
      .describe('How the secret is sent: `client_secret_basic` or `client_secret_post`.'),
    scopes: z
      .array(text)
      .max(50)
      .default(['profile', 'email'])
      .describe('Scopes to ask for, in addition to `openid`.'),
    redirectUrl: z
      .url({ protocol: /^https?$/, error: 'must be an http or https URL', abort: true })
      .refine((url) => new URL(url).pathname === '/sign-in/callback', {
        error: 'must end with `/sign-in/callback`',
      })
      .optional()
      .describe(
        'Where the provider sends browsers back. Default: `/sign-in/callback` at the address that the browser used.',
      ),
    label: z
      .string()
      .min(1)
      .max(60)
      .optional()
      .describe('Name of the provider on the sign-in page. Default: its host name.'),
    roles: z
      .strictObject({
        viewer: claims.optional(),
        operator: claims.optional(),
        admin: claims.optional(),
      })
      .refine((roles) => Object.values(roles).some((given) => given !== undefined), {
        error: 'must give one role at least, since nobody could sign in otherwise',
      })
      .describe('Who gets which role. The highest one counts. Whoever has none is refused.'),
  })
  .optional()
  .describe('Sign-in to the dashboard with an OpenID Connect provider. Default: with tokens only.')

function isSafeIssuer(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  const address = parseAddress(hostname.replace(/^\[(.*)\]$/, '$1'))
  return protocol === 'https:' || hostname === 'localhost' || address?.range() === 'loopback'
}
