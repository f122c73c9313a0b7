import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import type { Role } from '../../../core/contracts/access.ts'
import { ADMIN_TOKEN, until } from '../service.ts'
import type { Look, OpenBrowser, Window } from './browser.ts'
import type { PopulatedService } from './populated/populated-service.ts'

/** The pages of a populated service: each list, with nothing in it too, and one of each kind of what it has. */
export async function pagesOf(service: PopulatedService): Promise<readonly string[]> {
  const { deliveries } = await service.get<{ deliveries: Named[] }>('/api/deliveries?limit=100')
  const newest = (wanted: string, among = deliveries) => {
    const found = among.find(({ source, outcome }) => `${source} ${outcome}` === wanted)
    if (found === undefined) throw new Error(`no delivery is ${wanted}`)
    return `/deliveries/${found.id}`
  }
  const ended = async (program: string) => {
    const newest = await service.taskOf(program)
    const get = () => service.get<{ state: string }>(`/api/tasks/${newest}`)
    await until(get, ({ state }) => state === 'succeeded' || state === 'dead')
    return newest
  }
  const tasks = await Promise.all([
    ...['deploy', 'run-tests', 'squawk', 'sync-order'].map(ended),
    ...['import-catalog', 'print-label'].map(service.taskOf),
  ])
  return [
    '/',
    '/?span=7d',
    '/errors',
    '/deliveries',
    '/deliveries?outcome=refused',
    '/deliveries?source=nobody',
    newest('shop accepted'),
    newest('shop refused'),
    newest('github duplicate'),
    newest('github accepted'),
    newest('github accepted', deliveries.toReversed()),
    newest('parrot accepted'),
    newest('parrot refused'),
    '/tasks',
    '/tasks?state=dead',
    '/tasks?program=nobody&since=1h',
    ...tasks.map((id) => `/tasks/${id}`),
    '/jobs',
    '/jobs/new?action=retry&state=dead',
    '/jobs/new?action=replay',
    '/configuration',
    '/configuration/cases',
    '/configuration/sources/github',
    '/configuration/programs/deploy',
    '/configuration/rules/orders',
    '/configuration/rules/refunds',
    '/configuration/sources/new',
    '/configuration/sources/new?use=custom',
    '/configuration/sources/crm/edit',
    '/configuration/programs/new?use=subprocess',
    '/configuration/rules/refunds/edit',
    '/playground',
    newest('parrot accepted').replace('/deliveries/', '/playground?delivery='),
    '/connect',
    '/connect?q=nothing-like-it',
    '/connect/new/github',
    '/connect/new/stripe',
    '/connect/shop',
    '/nodes',
    '/audit',
    '/audit?actor=nobody',
    '/tokens',
  ]
}

interface Named {
  readonly id: string
  readonly source: string
  readonly outcome: string
}

/** Opens a window with the session of somebody who has signed in with a token. */
export async function openSignedIn(
  browser: OpenBrowser,
  { url }: Pick<PopulatedService, 'url'>,
  look: Look,
  token = ADMIN_TOKEN,
): Promise<Window> {
  const window = await browser.open(look)
  const answer = await window.context.request.post(`${url}/api/session`, { data: { token } })
  if (!answer.ok()) throw new Error(`not signed in: ${await answer.text()}`)
  return window
}

/** A new token, made with the API. */
export async function makeToken(
  { url }: Pick<PopulatedService, 'url'>,
  role: Role,
): Promise<string> {
  const answer = await fetch(`${url}/api/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: `${role}-${randomUUID().slice(0, 8)}`, role }),
  })
  return ((await answer.json()) as { token: string }).token
}

/** Where a page links to, without the parts of pages. */
export async function linksOf(page: Page): Promise<readonly string[]> {
  const links = await page.evaluate<string[]>('[...document.links].map(({ href }) => href)')
  return links.map((link) => link.split('#', 1)[0] ?? '')
}

/** A form that changes something. */
export interface PostForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

/** What a page says and what can be done on it: the page that is open or, as it is sent, another one of the service. */
export function readPage(
  page: Page,
  path?: string,
): Promise<{ readonly headings: string; readonly forms: readonly PostForm[] }> {
  return page.evaluate(`(async (path) => {
    const sent = path && new DOMParser().parseFromString(await (await fetch(path)).text(), 'text/html')
    const read = sent || document
    const headings = [...read.querySelectorAll('main :is(h1, h2)')].map(({ textContent }) => textContent)
    const forms = [...read.forms].filter(({ method }) => method === 'post').flatMap((form) =>
      [...form.querySelectorAll('button:not([type=button])')].map((button) => ({
        action: button.getAttribute('formaction') ?? form.getAttribute('action'),
        fields: Object.fromEntries(new FormData(form, button)),
      })))
    return { headings: headings.join(' | '), forms }
  })(${JSON.stringify(path ?? '')})`)
}
