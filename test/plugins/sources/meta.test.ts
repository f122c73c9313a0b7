import { createHmac } from 'node:crypto'
import { sign as octokitSign } from '@octokit/webhooks-methods'
import { meta } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'

const SECRET = 'app secret'
const VERIFY_TOKEN = 'meatyhamhock'

// Octokit signs by the same scheme, but no empty text and no bytes; for those, a line from Meta's documents.
async function sign(body: Uint8Array, secret: string): Promise<string> {
  const text = Buffer.from(body).toString()
  const isText = text !== '' && Buffer.from(text).equals(body)
  if (isText) return await octokitSign(secret, text)
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

const metadata = { display_phone_number: '16505551111', phone_number_id: '123456123' }
const whatsappEntry = (id: string, value: object) => ({
  id,
  changes: [{ value: { messaging_product: 'whatsapp', metadata, ...value }, field: 'messages' }],
})
const text = (id: string) => ({
  from: '16315551181',
  id,
  timestamp: '1603059201',
  text: { body: 'Hello this is an answer' },
  type: 'text',
})
const contacts = [{ profile: { name: 'Kerry Fisher' }, wa_id: '16315551181' }]
const whatsapp = {
  object: 'whatsapp_business_account',
  entry: [whatsappEntry('102290129340398', { contacts, messages: [text('wamid.ABC')] })],
}

const messaging = (mid: string, words: string) => ({
  sender: { id: '1001' },
  recipient: { id: '2002' },
  timestamp: 1458692752478,
  message: { mid, text: words },
})
const page = {
  object: 'page',
  entry: [
    {
      id: '2002',
      time: 1458692752478,
      messaging: [messaging('mid.1', 'one'), messaging('mid.2', 'two')],
    },
    {
      id: '2002',
      time: 1458692752479,
      changes: [{ field: 'feed', value: { item: 'post', verb: 'add', message: 'three' } }],
    },
  ],
}

const adapter: SourceAdapter = {
  definition: meta.definition,
  secrets: [SECRET, 'another app secret'],
  options: (appSecret) => ({ appSecret, verifyToken: VERIFY_TOKEN }),
  optionsWithoutSecret: { verifyToken: VERIFY_TOKEN },
  sign: async ({ body }, secret) => ({ 'X-Hub-Signature-256': await sign(body, secret) }),
  proofHeader: 'X-Hub-Signature-256',
  coversBody: true,
  samples: [
    {
      event: 'messages',
      body: JSON.stringify(whatsapp),
      type: 'whatsapp_business_account.messages',
      facts: {
        object: 'whatsapp_business_account',
        field: 'messages',
        sender: '16315551181',
        sender_name: 'Kerry Fisher',
        text: 'Hello this is an answer',
        message: 'wamid.ABC',
        phone_number: '16505551111',
        status: null,
      },
    },
    {
      event: 'message',
      body: JSON.stringify(page),
      type: 'page.message',
      facts: { sender: '1001', text: 'one', message: 'mid.1', field: null },
    },
    {
      event: 'feed',
      body: JSON.stringify(page),
      type: 'page.feed',
      facts: { item: 'post', action: 'add', message: 'three', entry: '2002' },
    },
  ],
}

testSource({ describe, it }, adapter)

describe('meta', () => {
  const source = meta.definition.create(
    { appSecret: [SECRET], verifyToken: [VERIFY_TOKEN] },
    makeContext(),
  )
  const json = (payload: unknown) =>
    makeDelivery({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(payload) })
  const check = (query: string, method = 'GET') =>
    source.answer?.(makeDelivery({ method, url: `https://a.example/webhooks/meta?${query}` }))

  it('answers the check of the URL with the challenge', () => {
    expect(
      check('hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=meatyhamhock'),
    ).toEqual({
      status: 200,
      headers: { 'content-type': 'text/plain', 'x-content-type-options': 'nosniff' },
      body: '1158201444',
    })
  })

  it.each([
    ['another token', 'hub.mode=subscribe&hub.challenge=1&hub.verify_token=x'],
    ['no token', 'hub.mode=subscribe&hub.challenge=1'],
    ['another mode', 'hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=meatyhamhock'],
  ])('refuses a check with %s', (_, query) => {
    expect(check(query)).toEqual({ ok: false, reason: expect.stringContaining('verify token') })
  })

  it.each([
    ['a GET without a challenge', 'hub.mode=subscribe', 'GET'],
    ['a POST', 'hub.mode=subscribe&hub.challenge=1&hub.verify_token=meatyhamhock', 'POST'],
  ])('does not answer %s', (_, query, method) => {
    expect(check(query, method)).toBeUndefined()
  })

  it('makes each item an event whose payload is a delivery of its own', async () => {
    const [head] = page.entry
    const events = await source.parse(json(page))
    expect(events.map(({ type, id }) => [type, id])).toEqual([
      ['page.message', 'mid.1'],
      ['page.message', 'mid.2'],
      ['page.feed', expect.stringMatching(/^sha256:[0-9a-f]{64}$/)],
    ])
    expect(events[1]?.payload).toEqual({
      object: 'page',
      entry: [{ id: '2002', time: head?.time, messaging: [messaging('mid.2', 'two')] }],
    })
  })

  it('gives the whole delivery where it holds one item', async () => {
    const delivery = json(whatsapp)
    const [event] = await source.parse(delivery)
    expect(event?.payload).toBe(delivery.json())
  })

  it.each([
    ['one message', { contacts, messages: [text('wamid.1')] }, 'wamid.1'],
    ['one status', { statuses: [{ id: 'wamid.2', status: 'read' }] }, 'wamid.2:read'],
    ['several messages', { messages: [text('wamid.1'), text('wamid.3')] }, 'wamid.1', 'wamid.3'],
    [
      'a message and a status',
      { messages: [text('a')], statuses: [{ id: 'b', status: 'sent' }] },
      'a',
      'b:sent',
    ],
    ['neither', {}, expect.stringMatching(/^sha256:/)],
  ])('identifies a change of WhatsApp by %s', async (_, value, ...ids) => {
    const payload = { object: 'whatsapp_business_account', entry: [whatsappEntry('1', value)] }
    expect(await source.parse(json(payload))).toMatchObject(ids.map((id) => ({ id })))
  })

  it('gives each message of WhatsApp its own author', async () => {
    const other = { ...text('wamid.2'), from: '49301234', text: { body: 'deploy' } }
    const people = [...contacts, { profile: { name: 'Bo' }, wa_id: '49301234' }]
    const value = { contacts: people, messages: [text('wamid.1'), other] }
    const payload = { object: 'whatsapp_business_account', entry: [whatsappEntry('1', value)] }
    const events = await source.parse(json(payload))
    expect(events).toMatchObject([
      { facts: { sender_name: 'Kerry Fisher', text: 'Hello this is an answer' } },
      { facts: { sender_name: 'Bo', text: 'deploy', phone_number: '16505551111' } },
    ])
    expect(events[1]?.payload).toEqual({
      object: 'whatsapp_business_account',
      entry: [whatsappEntry('1', { contacts: people.slice(1), messages: [other] })],
    })
  })

  it('makes an event of each field that a webhook without values names', async () => {
    const entry = { id: '1', time: 1520383571, changed_fields: ['photos', 'email'] }
    const events = await source.parse(json({ object: 'user', entry: [entry] }))
    expect(events.map(({ type, facts }) => [type, facts['field']])).toEqual([
      ['user.photos', 'photos'],
      ['user.email', 'email'],
    ])
    expect(new Set(events.map(({ id }) => id)).size).toBe(2)
  })

  it('acknowledges with 200', () => {
    expect(source.acknowledge?.(json(whatsapp))).toEqual({ status: 200 })
  })

  it.each([
    [{ entry: [] }],
    [{ object: 'page' }],
    [{ object: 'page', entry: [1] }],
    [{ object: 'page', entry: [{ changes: [{ value: 1 }] }, { changes: [{ field: 'ä' }] }] }],
  ])('cannot parse %j', (payload) => {
    expect(() => source.parse(json(payload))).toThrow(
      expect.objectContaining({ code: 'delivery_unparsable' }),
    )
  })

  it('takes no event from entries without a list', async () => {
    expect(await source.parse(json({ object: 'page', entry: [{ id: '1' }] }))).toEqual([])
  })

  it('does not start without a verify token', () => {
    expect(meta.definition.options.safeParse({ appSecret: SECRET }).success).toBe(false)
  })
})
