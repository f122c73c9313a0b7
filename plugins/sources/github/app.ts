import { sign } from 'node:crypto'
import {
  HooklineError,
  isJsonObject,
  orNull,
  ProviderApi,
  secret,
  z,
} from '../../../core/sdk/source.ts'

const HEADERS = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' }
/** A token is not used in its last minutes: clocks differ, and a call takes time. */
const EARLY_MS = 5 * 60_000

/** How a GitHub App proves who it is. */
export const APP_FIELDS = {
  id: z.union([z.string().min(1), z.int()]).describe('ID or client ID of the app.'),
  privateKey: secret().describe('Its private key, in PEM.'),
}

export interface GithubApp {
  /** ID or client ID. */
  readonly id: string | number
  /** PEM. */
  readonly privateKey: string
}

/** The API of GitHub with a token of its own for each call. `refused` is called if GitHub does not accept it. */
export function githubApi(
  baseUrl: string,
  token: (signal: AbortSignal) => string | Promise<string>,
  clock: () => number,
  refused?: () => void,
): ProviderApi {
  return new ProviderApi({
    ...{ provider: 'GitHub', baseUrl, headers: HEADERS, clock },
    ...(refused && { refused }),
    authorize: async (signal) => ({ authorization: `Bearer ${await token(signal)}` }),
  })
}

/** A JSON Web Token that proves to be the app, for nine minutes: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app. */
export function appToken({ id, privateKey }: GithubApp, now: number): string {
  const seconds = Math.floor(now / 1000)
  const claims = { iat: seconds - 60, exp: seconds + 540, iss: id }
  const content = [{ alg: 'RS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  try {
    const signature = sign('RSA-SHA256', Buffer.from(content), privateKey)
    return `${content}.${signature.toString('base64url')}`
  } catch {
    // The message of the library is not passed on: it is about the key.
    const remedy =
      'Give `app.privateKey` the whole file that GitHub makes, with its first and last line.'
    const message = 'The private key of the GitHub App is no RSA key in PEM'
    throw new HooklineError('provider_unauthorized', message, { remedy })
  }
}

interface Access {
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly until: number
}

/**
 * Access tokens of the installations of an app, each for one permission alone and for as long as GitHub gives it, an hour:
 * https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app.
 */
export class Installations {
  readonly #app: ProviderApi
  readonly #clock: () => number
  /** By path. */
  readonly #ids = new Map<string, string>()
  /** By the id of the installation and the permission. */
  readonly #tokens = new Map<string, Access>()

  /** `app` is the API as the app itself. */
  constructor(app: ProviderApi, clock: () => number) {
    this.#app = app
    this.#clock = clock
  }

  /**
   * The token with a permission (`checks`) at a repository or an organization: `/repos/acme/shop`, `/orgs/acme`. Throws
   * `provider_forbidden` if the app is not installed there, and as `ProviderApi` does.
   */
  async tokenOf(path: string, permission: string, signal: AbortSignal): Promise<string> {
    const known = this.#ids.get(path)
    const kept = known === undefined ? undefined : this.#tokens.get(`${known} ${permission}`)
    if (kept !== undefined && kept.until > this.#clock()) return kept.token
    // It may have been installed anew.
    const id = await this.#idAt(path, signal)
    this.#ids.set(path, id)
    const key = `${id} ${permission}`
    const others = this.#tokens.get(key)
    if (others !== undefined && others.until > this.#clock()) return others.token
    const access = await this.#create(id, permission, signal)
    this.#tokens.set(key, access)
    return access.token
  }

  /** Forgets tokens that GitHub no longer accepts. */
  forget(path: string): void {
    const id = this.#ids.get(path)
    for (const key of this.#tokens.keys()) if (key.startsWith(`${id} `)) this.#tokens.delete(key)
  }

  async #idAt(path: string, signal: AbortSignal): Promise<string> {
    const call = this.#app.call('GET', `${path}/installation`, { signal })
    const answer = await orNull(call)
    if (answer === null) {
      const message = `The GitHub App is not installed at ${path.replace(/^\/\w+\//, '')}`
      const remedy = 'Install it there, with the permissions that the docs of the source name.'
      throw new HooklineError('provider_forbidden', message, { remedy })
    }
    const body = answer.json()
    const id = isJsonObject(body) ? body['id'] : null
    if (id == null) throw unusable(`GET ${path}/installation`, 'names no installation')
    return String(id)
  }

  async #create(id: string, permission: string, signal: AbortSignal): Promise<Access> {
    const path = `/app/installations/${encodeURIComponent(id)}/access_tokens`
    const json = { permissions: { [permission]: permission === 'contents' ? 'read' : 'write' } }
    const body = (await this.#app.call('POST', path, { signal, json })).json()
    const { token, expires_at: end } = isJsonObject(body) ? body : {}
    const until = Date.parse(String(end))
    if (typeof token !== 'string' || Number.isNaN(until)) {
      throw unusable(`POST ${path}`, 'has no token')
    }
    return { token, until: until - EARLY_MS }
  }
}

function unusable(call: string, what: string): HooklineError {
  return new HooklineError('provider_answer_unusable', `GitHub: ${call}: the answer ${what}.`)
}
