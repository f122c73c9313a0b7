import { describe, expect, it } from 'vitest'
import { openTrial, SECRET } from '../conditions/trial-app.ts'

const RULES = [{ name: 'main', on: 'github.push', when: "branch == 'main'", run: 'deploy' }]

async function open(more: object = {}) {
  const trial = await openTrial(RULES, more)
  const test = (source: string, body: object = {}, token?: string) =>
    trial.call('POST', `/api/sources/${source}/test`, {
      body,
      ...(token === undefined ? {} : { token }),
    })
  return { ...trial, test }
}

describe('a test delivery', () => {
  it('is signed, received and matched as that of its sender', async () => {
    const { test, call, store } = await open()
    const { status, body } = await test('github')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ...{ outcome: 'accepted', reason: null, delivery: expect.stringMatching(/^dlv_/) },
      sent: { event: 'push', path: '/api/webhooks/github' },
      tasks: [{ rule: 'main', program: 'deploy' }],
    })
    const { body: delivery } = await call('GET', `/api/deliveries/${body.delivery}`)
    expect(delivery).toMatchObject({
      ...{ outcome: 'accepted', method: 'POST', path: '/api/webhooks/github' },
      headers: { 'user-agent': 'hookline-test', 'x-github-event': 'push' },
      events: [{ type: 'push', facts: { branch: 'main' } }],
    })
    expect(JSON.stringify(delivery)).not.toContain(SECRET)
    const entries = await store.auditEntries({ limit: 10, tail: true })
    expect(entries.at(-1)).toMatchObject({
      ...{ action: 'source.test', target: 'github', outcome: 'done', detail: '{"event":"push"}' },
    })
  })

  it('takes an event, an id and a body of JSON or text', async () => {
    const { test, call } = await open()
    const { body: first } = await test('github', { event: 'pull_request.opened', id: 'one' })
    expect(first.sent.event).toBe('pull_request.opened')
    const { body: second } = await test('github', { event: 'pull_request.opened', id: 'one' })
    expect([first.outcome, second.outcome]).toEqual(['accepted', 'duplicate'])
    const factsOf = async (body: unknown) => {
      const { delivery } = (await test('custom', { event: 'a', body })).body
      return (await call('GET', `/api/deliveries/${delivery}`)).body.events[0].facts
    }
    expect(await factsOf({ event: 'a', size: 5 })).toMatchObject({ size: 5 })
    expect(await factsOf('{"event":"a","size":6}')).toMatchObject({ size: 6 })
  })

  it('is refused with the reason, if the source cannot read it', async () => {
    const { test } = await open()
    const { status, body } = await test('github', { body: 'no JSON' })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      ...{ outcome: 'refused', delivery: expect.stringMatching(/^dlv_/), tasks: [] },
      reason: expect.stringContaining('not valid JSON'),
    })
  })

  it('comes from an address that an allow list does not have', async () => {
    const sources = { custom: { use: 'custom', options: { token: SECRET, allow: ['192.0.2.1'] } } }
    const { test } = await open({ sources, rules: [] })
    expect((await test('custom')).body).toMatchObject({ outcome: 'accepted' })
  })

  it('needs a source that can sign', async () => {
    const options = { publicKey: 'ab'.repeat(32) }
    const sources = { discord: { use: 'discord', options } }
    const { test } = await open({ sources, rules: [] })
    expect(await test('discord')).toMatchObject({
      status: 409,
      body: { code: 'source_cannot_sign' },
    })
    expect(await test('hookline')).toMatchObject({ status: 404, body: { code: 'source_unknown' } })
  })

  it.each([
    { event: 'a\r\nX-Evil: 1' },
    { event: '' },
    { id: 'é' },
    { event: 'x'.repeat(201) },
    { more: 1 },
  ])('is not made of %j', async (body) => {
    const { test } = await open()
    expect(await test('github', body)).toMatchObject({
      status: 400,
      body: { code: 'request_invalid' },
    })
  })

  it('is for operators', async () => {
    const { test, token } = await open()
    expect((await test('github', {}, await token('viewer'))).status).toBe(403)
    expect((await test('github', {}, await token('operator'))).status).toBe(200)
  })
})

describe('the plugins', () => {
  it('say what a new source needs', async () => {
    const { call } = await open()
    const { body } = await call('GET', '/api/plugins')
    const find = (kind: string, name: string) =>
      body.plugins.find((one: { kind: string; name: string }) => {
        return one.kind === kind && one.name === name
      })
    expect(find('source', 'github')).toMatchObject({
      manageable: true,
      documentation: expect.stringContaining('docs.github.com'),
      setup: expect.stringContaining('Payload URL'),
      needs: [{ name: 'secret', secret: true, list: false, generated: true }],
    })
    expect(find('source', 'stripe').needs).toMatchObject([{ name: 'secret', generated: false }])
    expect(find('source', 'meta').needs).toMatchObject([
      { name: 'appSecret', generated: false },
      { name: 'verifyToken', generated: true },
    ])
    expect(find('program', 'subprocess')).toMatchObject({ manageable: false, needs: [] })
    expect(find('store', 'sqlite')).toMatchObject({ manageable: false, setup: null })
  })
})

describe('a managed source with a generated secret', () => {
  const webhooks = '/api/config/webhooks'
  const SHOP = { name: 'shop', use: 'github', options: { secret: { generate: true } } }

  it('shows the secret once, and accepts what is signed with it', async () => {
    const { call, test, store } = await open()
    const created = await call('POST', webhooks, { body: SHOP })
    expect(created.status).toBe(201)
    expect(created.body).toMatchObject({
      options: { secret: { masked: true } },
      generated: { '/options/secret': expect.stringMatching(/^[\w-]{43}$/) },
    })
    const secret = created.body.generated['/options/secret']
    expect((await test('shop')).body.outcome).toBe('accepted')
    const shown = JSON.stringify([
      (await call('GET', `${webhooks}/shop`)).body,
      (await call('GET', '/api/config')).body,
      await store.auditEntries({ limit: 100 }),
    ])
    expect(shown).not.toContain(secret)
  })

  it('gets another one by a change, and keeps it through one that masks it', async () => {
    const { call } = await open()
    const first = (await call('POST', webhooks, { body: SHOP })).body.generated
    const headers = { 'if-match': '*' }
    const { name: _, ...form } = SHOP
    const kept = { ...form, options: { secret: { masked: true }, allow: ['192.0.2.1'] } }
    expect((await call('PUT', `${webhooks}/shop`, { body: kept, headers })).body.generated).toEqual(
      {},
    )
    const second = (await call('PUT', `${webhooks}/shop`, { body: form, headers })).body.generated
    expect(Object.keys(second)).toEqual(['/options/secret'])
    expect(second).not.toEqual(first)
  })

  it('shows none in a dry run, and generates at any place of the options', async () => {
    const { call } = await open()
    const dry = await call('POST', `${webhooks}?dryRun=true`, { body: SHOP })
    expect(dry).toMatchObject({ status: 200, body: { generated: {} } })
    const options = { secret: [{ generate: true }, { generate: true }] }
    const two = await call('POST', webhooks, { body: { ...SHOP, options } })
    expect(Object.keys(two.body.generated)).toEqual(['/options/secret/0', '/options/secret/1'])
  })

  it('is not made of anything else', async () => {
    const { call } = await open()
    for (const secret of [{ generate: false }, { generate: true, env: 'A' }, { generate: 'yes' }]) {
      const answer = await call('POST', webhooks, { body: { ...SHOP, options: { secret } } })
      expect(answer.status, JSON.stringify(secret)).toBe(422)
      expect(answer.body.errors[0].pointer).toMatch(/^\/options\/secret/)
    }
  })
})
