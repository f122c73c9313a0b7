import type { OpenedApp } from '../api/access/calls.ts'
import { HOST, signIn } from '../api/access/calls.ts'

/** A browser that is signed in with a token: it asks for pages, and posts forms as a page of the dashboard would. */
export async function browse({ app }: OpenedApp, token: string) {
  const { cookie, csrf } = await signIn({ app }, token)
  const ask = async (path: string, init: RequestInit) => {
    const answer = await app.request(`http://${HOST}${path}`, {
      ...init,
      headers: { host: HOST, cookie, ...init.headers },
    })
    const { status, headers } = answer
    return { status, location: headers.get('location'), text: await answer.text() }
  }
  return {
    get: (path: string) => ask(path, { method: 'GET' }),
    post: (path: string, form: Readonly<Record<string, string>> = {}) => {
      const body = new URLSearchParams({ csrf, ...form }).toString()
      const headers = {
        'content-type': 'application/x-www-form-urlencoded',
        'content-length': String(body.length),
        'sec-fetch-site': 'same-origin',
      }
      return ask(path, { method: 'POST', body, headers })
    },
  }
}
