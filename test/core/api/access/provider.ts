import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import OidcProvider from 'oidc-provider'
import { vi } from 'vitest'

export const CLIENT_ID = 'hookline'
export const CLIENT_SECRET = 'secret-of-the-client-0123456789'

/** Somebody who is known to the provider, and what it says of them. */
export type Account = Readonly<Record<string, unknown>> & { readonly sub: string }

export interface ProviderOptions {
  /** Who signs in. Can be changed between sign-ins. */
  account: Account
  readonly redirectUri: string
  /** Default: a free one. */
  readonly port?: number
  /** Hours by which its clock is slow while it makes tokens. They are valid for one. */
  hoursSlow?: number
  /** Whether the person refuses to sign in. */
  refuses?: boolean
  /** Whether claims are in the ID token; else they are asked for at the userinfo endpoint. Default: true. */
  readonly claimsInToken?: boolean
}

/** A real OpenID Connect provider on a free port. It asks nobody for a password, but is strict in all else. */
export async function startProvider(options: ProviderOptions) {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo
  // Another site than 127.0.0.1, as for a real browser.
  const issuer = `http://localhost:${port}`
  const provider = new OidcProvider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: CLIENT_SECRET,
        // The port of a loopback address does not count then.
        application_type: 'native',
        redirect_uris: [options.redirectUri],
        post_logout_redirect_uris: [new URL('/sign-in', options.redirectUri).href],
      },
    ],
    claims: { openid: ['sub'], profile: ['groups'], email: ['email', 'email_verified'] },
    conformIdTokenClaims: options.claimsInToken === false,
    cookies: { keys: ['key-of-the-cookies'] },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        logoutSource: (context, form) => {
          context.body = `<!doctype html><title>Leave</title><link rel="icon" href="data:,">${form}
            <button form="op.logoutForm" name="logout" value="yes">Leave</button>`
        },
      },
    },
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => ({ ...options.account, sub: accountId }),
    }),
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
    loadExistingGrant: async (context) => {
      const { client, session, provider: own } = context.oidc
      const grant = new own.Grant({
        clientId: client?.clientId ?? '',
        accountId: session?.accountId ?? '',
      })
      grant.addOIDCScope('openid profile email')
      await grant.save()
      return grant
    },
    pkce: { required: () => true },
    ttl: { IdToken: 3600, Interaction: 60, Session: 60, Grant: 60 },
  })
  provider.use(async (context, next) => {
    const { hoursSlow = 0 } = options
    if (hoursSlow === 0 || context.path !== '/token') return next()
    vi.useFakeTimers({ now: Date.now() - hoursSlow * 3_600_000, toFake: ['Date'] })
    try {
      await next()
    } finally {
      vi.useRealTimers()
    }
  })
  const answer = provider.callback()
  server.on('request', async (request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return answer(request, response)
    const refusal = { error: 'access_denied', error_description: 'The person said no' }
    const login = { login: { accountId: options.account.sub }, consent: {} }
    await provider.interactionFinished(request, response, options.refuses ? refusal : login)
  })
  return {
    issuer,
    port,
    stop: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Follows the redirects of the provider as a browser does, until it sends the browser back. */
export async function visit(start: string, issuer: string): Promise<URL> {
  const jar = new Map<string, string>()
  let url = new URL(start)
  for (let hops = 0; url.origin === issuer && hops < 10; hops++) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } })
    for (const line of answer.headers.getSetCookie()) {
      const [pair = ''] = line.split(';', 1)
      const at = pair.indexOf('=')
      jar.set(pair.slice(0, at), pair.slice(at + 1))
    }
    const location = answer.headers.get('location')
    if (location === null) throw new Error(`the provider answered: ${await answer.text()}`)
    url = new URL(location, url)
  }
  return url
}
