import type { Role } from '../../../../core/contracts/access.ts'
import { ADMIN_TOKEN, type openApp } from '../app.ts'

export type OpenedApp = Pick<Awaited<ReturnType<typeof openApp>>, 'app'>

export interface Call {
  readonly token?: string
  readonly cookie?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly json?: unknown
}

/** Host that the calls of these tests go to. */
export const HOST = 'localhost:12345'

/** Calls an app as its server would. */
export async function call({ app }: OpenedApp, route: string, given: Call = {}): Promise<Response> {
  const [method = '', path = ''] = route.split(' ')
  const { token, cookie, json } = given
  const headers = {
    host: HOST,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(cookie === undefined ? {} : { cookie }),
    ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    ...given.headers,
  }
  const body = json === undefined ? {} : { body: JSON.stringify(json) }
  const request = new Request(`http://${headers.host}${path}`, { method, headers, ...body })
  return app.fetch(request)
}

/** Makes a token by the API. */
export async function makeToken(
  opened: OpenedApp,
  name: string,
  given: { readonly role: Role; readonly expiresAt?: string },
): Promise<string> {
  const answer = await call(opened, 'POST /api/tokens', {
    token: ADMIN_TOKEN,
    json: { name, ...given },
  })
  if (answer.status !== 201) throw new Error(`no token: ${await answer.text()}`)
  return ((await answer.json()) as { token: string }).token
}

export interface SignedIn {
  readonly cookie: string
  /** What a call of the same origin that changes something sends beside the cookie. */
  readonly headers: Readonly<Record<string, string>>
  readonly csrf: string
}

/** Starts a session with a token, as a browser does. */
export async function signIn(opened: OpenedApp, token: string): Promise<SignedIn> {
  const answer = await call(opened, 'POST /api/session', { json: { token } })
  if (answer.status !== 201) throw new Error(`not signed in: ${await answer.text()}`)
  const cookie = (answer.headers.get('set-cookie') ?? '').split(';', 1)[0] ?? ''
  const { csrf } = (await answer.json()) as { csrf: string }
  return { cookie, csrf, headers: { 'x-hookline-csrf': csrf, 'sec-fetch-site': 'same-origin' } }
}
