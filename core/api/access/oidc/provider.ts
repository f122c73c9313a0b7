import { isDeepStrictEqual } from 'node:util'
import type * as Client from 'openid-client'
import { HooklineError } from '../../../errors/errors.ts'
import { errorCodeOf } from '../../../kit/thrown.ts'
import { visible } from '../../../kit/visible.ts'
import { hasMappedClaims, joinClaims, type Oidc, type Person, personOf } from './person.ts'

const TIMEOUT_SECONDS = 10
const METADATA_MS = 3_600_000
const FAILURE_MS = 5_000
const MAX_REASON = 300

/** What one sign-in must come back with. The browser keeps it in a cookie. */
export interface SignInChecks {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

interface Discovered {
  readonly oidc: NonNullable<Oidc>
  readonly at: number
  readonly found: Promise<Client.Configuration>
  failed: boolean
}

/**
 * The OpenID Connect provider of the config. Its library is loaded, and its metadata read, at the first sign-in. Metadata
 * is read again after an hour, or five seconds after a failure.
 */
export class Provider {
  readonly #settings: () => Oidc
  readonly #clock: () => number
  #discovered: Discovered | null = null

  constructor(settings: () => Oidc, clock: () => number) {
    this.#settings = settings
    this.#clock = clock
  }

  /**
   * Where to send a browser that wants to sign in, and what it must come back with. `next` is the last part of the state.
   * Throws `oidc_not_configured` or `oidc_unavailable`.
   */
  async start(
    redirectUrl: string,
    next: string,
  ): Promise<{ readonly url: string; readonly checks: SignInChecks }> {
    return this.#ask(async (client, config, { scopes }) => {
      const checks = {
        state: `${client.randomState()}.${Buffer.from(next).toString('base64url')}`,
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      }
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirectUrl,
        scope: [...new Set(['openid', ...scopes])].join(' '),
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(checks.verifier),
        code_challenge_method: 'S256',
      })
      return { url: url.href, checks }
    })
  }

  /**
   * The person who comes back to `url`, by the claims of the ID token, and of the provider's userinfo if the token lacks
   * some that give a role. Throws `oidc_not_configured`, `oidc_refused` or `oidc_unavailable`.
   */
  async finish(url: URL, { state, nonce, verifier }: SignInChecks): Promise<Person> {
    return this.#ask(async (client, config, oidc) => {
      const tokens = await client.authorizationCodeGrant(config, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      })
      const claims = tokens.claims()
      if (claims === undefined) throw refused('The provider sent no ID token')
      const { userinfo_endpoint: userinfo } = config.serverMetadata()
      const isWhole = userinfo === undefined || hasMappedClaims(claims, oidc)
      const more = isWhole
        ? {}
        : await client.fetchUserInfo(config, tokens.access_token, claims.sub)
      // By the settings that were asked with: the config may name another provider by now.
      const person = personOf(joinClaims(claims, more), oidc)
      if (person === null) throw refused('The provider named no valid subject')
      return person
    })
  }

  /** Where a browser signs out of the provider too; null if the provider has no such page, or cannot be asked. */
  async endUrl(returnTo: string): Promise<string | null> {
    try {
      return await this.#ask(async (client, config) => {
        if (config.serverMetadata().end_session_endpoint === undefined) return null
        return client.buildEndSessionUrl(config, { post_logout_redirect_uri: returnTo }).href
      })
    } catch {
      // Who signs out of Hookline has done so, whatever the provider says.
      return null
    }
  }

  async #ask<Result>(
    use: (
      client: typeof Client,
      config: Client.Configuration,
      oidc: NonNullable<Oidc>,
    ) => Promise<Result>,
  ): Promise<Result> {
    const oidc = this.#settings()
    if (oidc === undefined) {
      throw new HooklineError('oidc_not_configured', 'The config has no `admin.oidc`')
    }
    const client = await import('openid-client')
    try {
      return await use(client, await this.#discover(client, oidc), oidc)
    } catch (error) {
      throw faultOf(client, error)
    }
  }

  #discover(client: typeof Client, oidc: NonNullable<Oidc>): Promise<Client.Configuration> {
    const known = this.#discovered
    const now = this.#clock()
    if (known !== null && isDeepStrictEqual(known.oidc, oidc)) {
      if (now - known.at < (known.failed ? FAILURE_MS : METADATA_MS)) return known.found
    }
    const found = client.discovery(
      new URL(oidc.issuer),
      oidc.clientId,
      undefined,
      authenticationOf(client, oidc),
      {
        timeout: TIMEOUT_SECONDS,
        execute: [
          // The signature of an ID token is checked even though it comes from the provider itself.
          client.enableNonRepudiationChecks,
          ...(oidc.issuer.startsWith('http:') ? [client.allowInsecureRequests] : []),
        ],
      },
    )
    const discovered: Discovered = { oidc, at: now, found, failed: false }
    found.catch(() => {
      discovered.failed = true
    })
    this.#discovered = discovered
    return found
  }
}

function authenticationOf(
  client: typeof Client,
  { clientSecret, clientAuthentication }: NonNullable<Oidc>,
): Client.ClientAuth {
  if (clientSecret === undefined) return client.None()
  return clientAuthentication === 'basic'
    ? client.ClientSecretBasic(clientSecret)
    : client.ClientSecretPost(clientSecret)
}

/** Errors of the token endpoint that are about this sign-in. All others are about the client. */
const OF_THE_SIGN_IN: ReadonlySet<string> = new Set(['invalid_grant', 'access_denied'])
/** Codes of the library for an answer that was checked and does not hold: state, nonce, times, issuer, signature. */
const NOT_HOLDING: ReadonlySet<string> = new Set([
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
])

function faultOf(client: typeof Client, error: unknown): Error {
  if (error instanceof client.AuthorizationResponseError) return refused(answered(error), error)
  if (error instanceof client.ResponseBodyError) {
    const fault = OF_THE_SIGN_IN.has(error.error) ? refused : unavailable
    return fault(answered(error), error)
  }
  if (error instanceof client.WWWAuthenticateChallengeError) {
    const problems = error.cause.map(
      ({ parameters: { error: code, error_description: description } }) =>
        [code, description].filter((text) => text !== undefined).join(': '),
    )
    return unavailable(`The provider does not accept the client: ${problems.join(', ')}`, error)
  }
  if (!(error instanceof client.ClientError || error instanceof TypeError)) return error as Error
  const { message, cause } = error
  const inner = cause instanceof Error ? cause.message || errorCodeOf(cause) : null
  const why = inner === null ? message : `${message}: ${inner}`
  const code = errorCodeOf(error) ?? ''
  return NOT_HOLDING.has(code)
    ? refused(`The answer of the provider does not hold: ${why}`, error)
    : unavailable(`The provider gave no usable answer: ${why}`, error)
}

function answered(answer: { readonly error: string; readonly error_description?: string }): string {
  const { error, error_description: description } = answer
  const more = description === undefined ? '' : `: ${description}`
  return `The provider answered '${error}'${more}`
}

/** A sign-in that is not accepted. The reason is shown, and kept in the audit log. */
export function refused(reason: string, cause?: unknown): HooklineError {
  const message = shown(reason)
  const fields = { audit: { reason: message } }
  return new HooklineError('oidc_refused', message, { cause, fields })
}

function unavailable(reason: string, cause: unknown): HooklineError {
  return new HooklineError('oidc_unavailable', shown(reason), { cause })
}

function shown(reason: string): string {
  return visible(reason).slice(0, MAX_REASON)
}
