import { describe, expect, it } from 'vitest'
import { makeToken } from '../../api/access/calls.ts'
import { ADMIN_TOKEN } from '../../api/app.ts'
import { openTrial } from '../../api/conditions/trial-app.ts'
import { browse } from '../browse.ts'
import { mountPages } from '../open-dashboard.ts'

const TOKEN = 'a-token-of-these-tests'
const HOSTILE = `"><img src=x onerror=alert(1)>'&<script>alert(2)</script>`
const SOURCES = {
  hook: { use: 'custom', options: { token: TOKEN, id: { path: 'id' }, type: { path: 'type' } } },
}
const RULES = [{ name: 'large', on: 'hook.sold', when: 'payload.size > 10', run: 'deploy' }]

async function open(role: 'viewer' | 'operator' | 'admin' = 'admin') {
  const opened = await openTrial(RULES, { sources: SOURCES })
  mountPages(opened.app)
  const deliver = async (body: object) => {
    const answer = await opened.app.request('/api/webhooks/hook', {
      method: 'POST',
      body: JSON.stringify({ type: 'sold', ...body }),
      headers: { 'x-webhook-token': TOKEN, 'content-type': 'application/json' },
    })
    return ((await answer.json()) as { delivery: string }).delivery
  }
  const token = role === 'admin' ? ADMIN_TOKEN : await makeToken(opened, 'somebody', { role })
  return { ...opened, deliver, ...(await browse(opened, token)) }
}

/** The visible text of a part of a page. */
function textOf(page: string, id: string): string {
  const [, part = ''] = page.split(`id="${id}"`)
  return part
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&gt;', '>')
    .replaceAll('&#39;', "'")
    .replace(/\s+/g, ' ')
}

const GIVEN = { type: 'push', facts: '{"branch":"main"}', payload: '{"size":12}' }

describe('the playground', () => {
  it('begins with the newest event, or with one that is written', async () => {
    const { get, deliver } = await open()
    const { text: empty } = await get('/playground')
    expect(empty).toContain('{ &quot;branch&quot;: &quot;main&quot; }')
    await deliver({ id: 'a' })
    const newest = await deliver({ id: 'b' })
    expect((await get('/playground')).text).toContain(`value="${newest}" selected`)
  })

  it('takes what a link names: an event, a rule', async () => {
    const { get, deliver } = await open()
    const { text } = await get(`/playground?delivery=${await deliver({ id: 'a' })}&event=evt_1`)
    expect(text).toMatch(/value="dlv_\w+\/evt_1" selected/)
    const { text: rule } = await get('/playground?rule=large')
    expect(rule).toContain('payload.size &gt; 10</textarea>')
    expect(rule).toContain('value="hook.sold"')
  })

  it('evaluates a condition clause by clause, without a script', async () => {
    const { post, deliver } = await open()
    const stored = await deliver({ id: 'a', size: 3 })
    const when = "payload.size > 10 || payload.type == 'x'"
    const { text } = await post('/playground', { stored, when })
    const result = textOf(text, 'result')
    for (const shown of ['Does not match', 'Any of these', 'payload.size > 10', 'hook.sold']) {
      expect(result).toContain(shown)
    }
    expect(text).toContain('payload.size &gt; 10 || payload.type == &#39;x&#39;</textarea>')
  })

  it('evaluates templates of an event that is written', async () => {
    const { post } = await open()
    const templates = 'deploy {branch}\n\n= size(payload)\n{nothing}'
    const { text } = await post('/playground', { ...GIVEN, templates })
    const result = textOf(text, 'result')
    expect(result).toContain('deploy main')
    expect(result).toMatch(/= size\(payload\) 1 /)
    expect(result).toContain('in `line 3`')
  })

  it('marks the part of a condition that is wrong, and keeps the form', async () => {
    const { post } = await open()
    const { status, text } = await post('/playground', { ...GIVEN, when: 'branch = 1' })
    expect(status).toBe(200)
    expect(textOf(text, 'result')).toContain('Not valid')
    expect(text).toContain('<mark>')
    expect(text).toContain('branch = 1</textarea>')
    const { text: noJson } = await post('/playground', { ...GIVEN, facts: '{"branch":' })
    expect(textOf(noJson, 'result')).toContain('Facts (JSON): ')
    const { status: fine, text: gone } = await post('/playground', { stored: 'dlv_none' })
    expect([fine, textOf(gone, 'result').includes("no delivery 'dlv_none'")]).toEqual([200, true])
  })

  it('says that a rule would not see the event', async () => {
    const { post } = await open()
    const { text } = await post('/playground', { ...GIVEN, source: 'hook', on: 'hook.sold' })
    expect(textOf(text, 'result')).toContain('A rule on hook.sold does not see this event')
  })

  it('backtests on what is stored, against a rule in force', async () => {
    const { post, deliver } = await open()
    const ids = []
    for (const size of [3, 8, 20]) ids.push(await deliver({ id: `a${size}`, size }))
    const form = { stored: ids[0] ?? '', when: 'payload.size > 5', rule: 'large' }
    const { text } = await post('/playground/backtest', form)
    const backtest = textOf(text, 'backtest')
    expect(backtest).toContain('Events tried: 3. Compared with the rule large.')
    expect(backtest).toContain('1 Newly matched 0 No longer matched 1 Matched as before')
    expect(text).toContain(`/deliveries/${ids[1]}?event=`)
    const { text: wrong } = await post('/playground/backtest', { ...form, when: 'payload.' })
    expect(textOf(wrong, 'backtest')).toContain('not a valid condition')
    const { text: none } = await post('/playground/backtest', { ...form, last: '0' })
    expect(textOf(none, 'backtest')).toContain('/last')
  })

  it('loads a rule, writes an event out, and leads to a new rule', async () => {
    const { post, deliver } = await open()
    const stored = await deliver({ id: 'a', size: 3 })
    const { text: loaded } = await post('/playground/load', { stored, rule: 'large' })
    expect(loaded).toContain('payload.size &gt; 10</textarea>')
    const { text: written } = await post('/playground/write-out', { stored })
    expect(written).toContain('{&quot;type&quot;:&quot;sold&quot;,&quot;id&quot;:&quot;a&quot;,')
    const { status, location } = await post('/playground/rule', { stored, when: 'true' })
    expect([status, location]).toEqual([
      303,
      `/configuration/rules/new?on=hook.sold&when=true&delivery=${stored}`,
    ])
  })

  it('keeps every text text', async () => {
    const { post, get, deliver } = await open()
    const stored = await deliver({ id: HOSTILE, [HOSTILE]: HOSTILE })
    const hostile = { when: HOSTILE, on: HOSTILE, templates: HOSTILE, rule: HOSTILE, last: HOSTILE }
    const pages = [
      await get(
        `/playground?when=${encodeURIComponent(HOSTILE)}&rule=${encodeURIComponent(HOSTILE)}`,
      ),
      await post('/playground', { ...hostile, stored }),
      await post('/playground', { stored, when: "payload.id == 'a'", templates: '{id}' }),
      await post('/playground', { ...hostile, ...GIVEN, type: HOSTILE, payload: HOSTILE }),
      await post('/playground', { ...GIVEN, facts: JSON.stringify({ [HOSTILE]: HOSTILE }) }),
      await post('/playground/backtest', { ...hostile, stored }),
      await post('/playground/backtest', { stored, when: 'true' }),
      await post('/playground/write-out', { stored }),
    ]
    for (const { status, text } of pages) {
      expect(status).toBe(200)
      expect(text).not.toMatch(/<img|<script>/)
    }
  })

  it('is for operators', async () => {
    const { get, post, deliver } = await open('viewer')
    const stored = await deliver({ id: 'a' })
    const { text } = await get('/playground')
    expect(text).toContain('It needs a token with the role operator.')
    expect(text).not.toContain('<textarea')
    for (const path of ['', '/backtest', '/load', '/write-out']) {
      const { status } = await post(`/playground${path}`, { stored })
      expect(status).toBe(403)
    }
  })
})
