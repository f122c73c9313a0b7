import { describe, expect, it } from 'vitest'
import { makeToken } from '../../api/access/calls.ts'
import { ADMIN_TOKEN } from '../../api/app.ts'
import { browse } from '../browse.ts'
import { openDashboard } from '../open-dashboard.ts'

const TOKEN = 'a-token-of-these-tests'
const HOSTILE = `"><img src=x onerror=alert(1)>'&<script>alert(2)</script>`
const ESCAPED = '&lt;img src=x onerror=alert(1)&gt;'
const CONFIG = {
  sources: {
    hook: {
      use: 'custom',
      options: { token: TOKEN, id: { path: 'id' }, facts: { branch: 'branch' } },
    },
  },
  programs: { say: { use: 'subprocess', options: { command: ['/bin/echo'] } } },
  rules: [
    { name: 'main', on: 'hook', when: "branch == 'main' && payload.size > 10", run: 'say' },
    { name: 'all', on: 'hook', run: 'say' },
  ],
}

async function open() {
  const opened = await openDashboard(Date.now, CONFIG)
  const deliver = async (body: object | string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await opened.app.request('/api/webhooks/hook?note=<b>', {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'x-webhook-token': TOKEN, 'content-type': 'application/json', ...headers },
    })
    const given = answer.headers.get('hookline-delivery')
    return given ?? ((await answer.json()) as { delivery: string }).delivery
  }
  const as = async (role: 'viewer' | 'operator') =>
    browse(opened, await makeToken(opened, `a-${role}`, { role }))
  return { ...opened, deliver, as, admin: await browse(opened, ADMIN_TOKEN) }
}

const WRONG = { 'x-webhook-token': 'wrong' }

describe('the page of a delivery', () => {
  it('shows what came, what was decided clause by clause, and what is to run', async () => {
    const { deliver, admin } = await open()
    const id = await deliver({ id: 'a', branch: 'main', size: 3 })
    const { status, text } = await admin.get(`/deliveries/${id}`)
    expect(status).toBe(200)
    for (const shown of [
      ...['1 of 2 matched', 'payload.size &gt; 10', 'Not matched', 'Waiting', 'masked'],
      ...['<h2>Rules</h2>', '<h2>Request</h2>', 'href="/api/deliveries/', '/test-case'],
      ...[`/playground?delivery=${id}`, '/configuration/rules/new?on=hook.', 'X_WEBHOOK_TOKEN'],
    ]) {
      expect(text).toContain(shown)
    }
    expect(text).not.toContain(TOKEN)
  })

  it('keeps text of a stranger text, wherever it stands', async () => {
    const { deliver, admin, store } = await open()
    const accepted = await deliver(
      { id: HOSTILE, branch: HOSTILE, [HOSTILE]: HOSTILE },
      { 'user-agent': HOSTILE, 'x-other': HOSTILE },
    )
    const refused = await deliver(HOSTILE, { ...WRONG, 'content-type': HOSTILE, 'x-a': HOSTILE })
    const [event] = await store.events(accepted)
    const { text: payload } = await admin.get(`/deliveries/${accepted}/payload?event=${event?.id}`)
    expect(payload).toContain(ESCAPED)
    for (const id of [accepted, refused]) {
      const { text } = await admin.get(`/deliveries/${id}`)
      const { text: diagnosed } = await admin.post(`/deliveries/${id}/diagnose`)
      for (const page of [text, diagnosed, payload]) {
        expect(page).not.toMatch(/<img|<script>|<b>/)
      }
      expect(text).toContain(ESCAPED)
    }
    const { text: list } = await admin.get(`/deliveries?text=${encodeURIComponent(HOSTILE)}`)
    expect(list).not.toMatch(/<img|<script>/)
    const { status, text } = await admin.get(`/deliveries/${encodeURIComponent(HOSTILE)}`)
    expect([status, text.includes('<img')]).toEqual([404, false])
  })

  it('shows no body, payload and action to a viewer', async () => {
    const { deliver, as } = await open()
    const id = await deliver({ id: 'a', branch: 'main', secretly: 'a-value-of-the-body', size: 7 })
    const { get, post } = await as('viewer')
    const { text } = await get(`/deliveries/${id}`)
    expect(text).not.toContain('a-value-of-the-body')
    expect(text).toContain('hidden: payloads are shown to operators')
    expect(text).not.toMatch(/\/replay|\/test-case|\/playground\?|\/configuration\/rules\/new/)
    const { text: payload } = await get(`/deliveries/${id}/payload?event=x`)
    expect(payload).toContain('The payload is shown to operators.')
    expect((await post(`/deliveries/${id}/replay`)).status).toBe(403)
    expect((await post(`/deliveries/${id}/diagnose`)).status).toBe(403)
  })

  it('tells why a delivery was refused, and what the doctor finds', async () => {
    const { deliver, as } = await open()
    const id = await deliver('{}', WRONG)
    const { get, post } = await as('operator')
    const { text } = await get(`/deliveries/${id}`)
    expect(text).toContain('does not match')
    expect(text).toContain(`hx-post="/deliveries/${id}/diagnose"`)
    const { status, text: found } = await post(`/deliveries/${id}/diagnose`)
    expect(status).toBe(200)
    expect(found).toContain('What the doctor found')
    expect(found).not.toContain(`hx-post="/deliveries/${id}/diagnose"`)
  })

  it('replays, and links what repeats a delivery to it', async () => {
    const { deliver, as, store } = await open()
    const id = await deliver({ id: 'a', branch: 'main' })
    await deliver({ id: 'a', branch: 'main' })
    const { get, post } = await as('operator')
    const { status, location } = await post(`/deliveries/${id}/replay`)
    expect(status).toBe(303)
    expect(location).toMatch(/^\/deliveries\/dlv_/)
    expect(location).not.toContain(id)
    const { text: replay } = await get(location ?? '')
    expect(replay).toContain(`This is a replay of <a href="/deliveries/${id}"`)
    const { items } = await store.deliveries({ outcome: 'duplicate', limit: 1 })
    const { text: duplicate } = await get(`/deliveries/${items[0]?.id}`)
    expect(duplicate).toContain(`href="/deliveries/${id}#request"`)
    expect(duplicate).not.toContain('/test-case')
  })

  it('asks again only while tasks are to end', async () => {
    const { deliver, admin, store } = await open()
    const id = await deliver({ id: 'a', branch: 'main' })
    const { text } = await admin.get(`/deliveries/${id}/now`)
    expect(text).toContain('task from:body')
    expect(text).not.toContain('<html')
    const { items } = await store.tasks({ deliveryId: id, limit: 10 })
    for (const task of items) await store.cancel(task.id)
    expect((await admin.get(`/deliveries/${id}/now`)).text).not.toContain('task from:body')
  })

  it('cuts a large body, and gives all of it as a download', async () => {
    const { deliver, admin } = await open()
    const id = await deliver({ id: 'a', branch: 'main', text: 'z'.repeat(200_000) })
    const { text } = await admin.get(`/deliveries/${id}`)
    expect(text.length).toBeLessThan(400_000)
    expect(text).toContain('Only the first 65,536 characters are shown')
    expect(text).toContain(`href="/api/deliveries/${id}/body" download`)
    expect(text).toContain('--data-binary')
  })
})
