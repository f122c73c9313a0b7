import { createHmac } from 'node:crypto'
import { HOSTILE_BODY, HOSTILE_TEXT, HOSTILE_URL } from './hostile.ts'
import { SECRET } from './secret.ts'

const COMMIT = '7d3f0c1b9a5e48d2b6c7f8091a2b3c4d5e6f7a8b'

interface Sent {
  readonly source: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly query?: string
}

/** Ids that the sender gives. */
let sent = 0

/** A push as GitHub signs it. */
export function push(
  repository: string,
  branch: string,
  fields: Readonly<Record<string, unknown>> = {},
): Sent {
  const [owner = '', name = ''] = repository.split('/')
  return github('push', {
    ref: `refs/heads/${branch}`,
    after: COMMIT,
    repository: { full_name: repository, name, owner: { login: owner }, default_branch: 'main' },
    sender: { login: 'octavia' },
    pusher: { name: 'octavia' },
    head_commit: {
      id: COMMIT,
      message: 'Show the total before checkout',
      author: { name: 'Octavia' },
    },
    commits: [],
    created: false,
    deleted: false,
    forced: false,
    ...fields,
  })
}

/** Any event as GitHub signs it. */
export function github(event: string, payload: unknown, secret = SECRET): Sent {
  const body = JSON.stringify(payload)
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  const headers = {
    'user-agent': 'GitHub-Hookshot/2f1e3c7',
    'x-github-event': event,
    'x-github-delivery': `github-${sent++}`,
    'x-hub-signature-256': `sha256=${signature}`,
  }
  return { source: 'github', headers, body }
}

/** An event of a program of one's own. */
export function shop(event: string, payload: Readonly<Record<string, unknown>>): Sent {
  const headers = { 'x-webhook-token': SECRET, 'x-webhook-event': event, 'user-agent': 'shop/4.1' }
  return { source: 'shop', headers, body: JSON.stringify({ id: `shop-${sent++}`, ...payload }) }
}

/** An event as Stripe signs it. */
export function payment(type: string, object: unknown): Sent {
  const body = JSON.stringify({ id: `evt_${sent++}`, object: 'event', type, data: { object } })
  const time = Math.floor(Date.now() / 1000)
  const signature = createHmac('sha256', SECRET).update(`${time}.${body}`).digest('hex')
  return { source: 'payments', headers: { 'stripe-signature': `t=${time},v1=${signature}` }, body }
}

/** Deliveries of strangers and enemies: hostile text in every field that a sender has. */
export function hostile(): readonly Sent[] {
  // Headers are bytes.
  const header = Buffer.from(HOSTILE_TEXT, 'utf8').toString('latin1')
  const query = `?${new URLSearchParams({ text: HOSTILE_TEXT })}&raw='-alert(1)-'`
  const body = JSON.stringify({
    type: 'cry',
    id: HOSTILE_TEXT,
    text: HOSTILE_BODY,
    [HOSTILE_TEXT]: HOSTILE_BODY,
  })
  const odd = { 'x-odd': header, 'user-agent': header, "x-'odd'`|~!": header }
  const repository = {
    full_name: HOSTILE_TEXT,
    owner: { login: HOSTILE_TEXT },
    html_url: HOSTILE_URL,
  }
  const texts = { compare: HOSTILE_URL, repository, sender: { login: HOSTILE_TEXT } }
  return [
    { source: 'parrot', headers: odd, body, query },
    { source: 'parrot', headers: { ...odd, 'x-refuse': header }, body, query },
    push('acme/shop', HOSTILE_TEXT, texts),
    push(HOSTILE_TEXT, 'main', texts),
    shop('order', { id: HOSTILE_TEXT, total: 1, note: HOSTILE_BODY }),
    { ...shop('order', {}), body: `{"not JSON": ${HOSTILE_BODY}` },
  ]
}

/** Sends them one after the other, and returns the statuses of the answers. */
export async function send(url: string, deliveries: readonly Sent[]): Promise<readonly number[]> {
  const statuses: number[] = []
  for (const { source, headers, body, query = '' } of deliveries) {
    const answer = await fetch(`${url}/api/webhooks/${source}${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    await answer.text()
    statuses.push(answer.status)
  }
  return statuses
}
