import { custom } from 'hookline/sources'
import { makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { openApp } from '../../../core/api/app.ts'
import { configured, faultOf } from '../custom/configured.ts'
import { PRESET_SENDERS } from './all-senders.ts'

const { presets = {} } = custom.definition
const NAMES = Object.keys(presets)
/** Also a key in base64, as Airtable has it. */
const SECRET = Buffer.alloc(36, 'secret of this test').toString('base64')

function sentBy(preset: string, secret = SECRET, now = Date.now()) {
  const sender = PRESET_SENDERS[preset]
  if (sender === undefined) throw new Error(`there is no sender for ${preset}`)
  const at = { seconds: Math.floor(now / 1000), ms: now, iso: new Date(now).toISOString() }
  return sender(secret, at)
}

async function openPresets() {
  const uses = NAMES.map((preset) => [
    preset,
    { use: 'custom', options: { preset, secret: SECRET } },
  ])
  const { app, store } = await openApp({ sources: Object.fromEntries(uses) })
  const send = async (preset: string, secret?: string, now?: number) => {
    const { body, headers = {}, query = '' } = sentBy(preset, secret, now)
    return app.request(`/api/webhooks/${preset}?${query}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
  }
  return { store, send }
}

describe('each preset, end to end', () => {
  it('is verified, read and stored', async () => {
    const { store, send } = await openPresets()
    for (const preset of NAMES) {
      const answer = await send(preset)
      expect([200, 202], preset).toContain(answer.status)
      const header = answer.headers.get('hookline-delivery')
      const delivery = header ?? Object(await answer.json()).delivery
      const { type, id, facts = {} } = sentBy(preset)
      const [event] = await store.events(delivery)
      expect(event, preset).toMatchObject({ type, senderId: id })
      expect(event?.facts, preset).toMatchObject(facts)
      const record = await store.delivery(delivery)
      expect(JSON.stringify([record?.path, record?.headers]), preset).not.toContain(SECRET)
    }
  })

  it('is refused with another secret, without one, and when it is old', async () => {
    const { send } = await openPresets()
    const isTimed = (preset: string) =>
      JSON.stringify(Object(presets[preset]).options).includes('"timestamp":')
    expect(NAMES.filter(isTimed)).toHaveLength(7)
    for (const preset of NAMES) {
      expect((await send(preset, SECRET.replace('c', 'd'))).status, preset).toBe(401)
      const source = configured({ preset, secret: SECRET })
      const bare = makeDelivery({ body: '{}', headers: { 'content-type': 'application/json' } })
      expect(await source.verify(bare), preset).toMatchObject({ ok: false })
      const old = await send(preset, SECRET, Date.now() - 3_600_000)
      expect(old.status === 401, preset).toBe(isTimed(preset) || preset === 'monday')
    }
  })

  it.each(NAMES)('%s can be tested by hookline send', async (preset) => {
    const source = configured({ preset, secret: SECRET })
    const body = Buffer.from(source.sample?.('an_event') ?? '')
    const draft = {
      event: 'an_event',
      id: 'i1',
      body,
      url: 'http://localhost/hooks',
      sentAt: new Date(),
    }
    const signed = source.embedProof?.(draft) ?? draft
    const headers = { 'content-type': 'application/json', ...source.sign?.(signed) }
    const delivery = makeDelivery({ headers, body: signed.body, url: signed.url })
    expect(await source.verify(delivery)).toEqual({ ok: true })
    const [event] = await source.parse(delivery)
    const {
      header,
      path,
      default: otherwise,
    } = Object(presets[preset]).options.type ?? { path: 'event' }
    expect(event?.type).toBe(header || path ? 'an_event' : otherwise)
  })
})

describe('a preset', () => {
  it('has a page of its sender, and says where the URL goes', () => {
    expect(NAMES.length).toBeGreaterThanOrEqual(25)
    expect(NAMES).toEqual(NAMES.toSorted())
    expect(NAMES).toEqual(Object.keys(PRESET_SENDERS).toSorted())
    for (const { title, documentation, setup } of Object.values(presets)) {
      expect(title).not.toBe('')
      expect(documentation).toMatch(/^https:\/\//)
      expect(setup).toMatch(/\bURL\b.*\.$/)
    }
  })

  it('needs its secret, and gives none away', () => {
    expect(faultOf({ preset: 'razorpay' })).toMatch(/needs `secret`.*Webhooks/)
    expect(faultOf({ preset: 'razorpay', secret: '' })).toMatch(/must not be empty/)
    expect(faultOf({ preset: 'nobody', secret: 's' })).toMatch(/Invalid option/)
    expect(faultOf({ secret: 's', token: 't' })).toMatch(/for a `preset`/)
    const create = () => custom.definition.create({ preset: 'razorpay' } as never, Object())
    expect(create).toThrow(/needs `secret`/)
  })

  it('gives way to what is set beside it', async () => {
    const own = configured({ preset: 'razorpay', secret: SECRET, type: { default: 'paid' } })
    const { body, headers = {} } = sentBy('razorpay')
    const delivery = makeDelivery({
      body,
      headers: { ...headers, 'content-type': 'application/json' },
    })
    expect(await own.verify(delivery)).toEqual({ ok: true })
    expect(await own.parse(delivery)).toMatchObject([{ type: 'paid', id: 'Ev1' }])
    const other = configured({ preset: 'quay', bearer: 'b' })
    const bearer = makeDelivery({ headers: { authorization: 'Bearer b' } })
    expect(await other.verify(bearer)).toEqual({ ok: true })
    expect(
      await other.verify(makeDelivery({ url: `http://localhost/?token=${SECRET}` })),
    ).toMatchObject({
      ok: false,
    })
    const { secretParameters } = custom.definition
    if (typeof secretParameters !== 'function') return expect.unreachable()
    const options = custom.definition.options.parse({ preset: 'quay', secret: 's' })
    expect(secretParameters(options)).toEqual(['token'])
  })

  it('answers what its sender asks', async () => {
    const ask = async (preset: string, asked: object) =>
      configured({ preset, secret: SECRET }).answer?.(makeDelivery(asked))
    const get = (query: string) => ({ method: 'GET', url: `http://localhost/?${query}` })
    const headers = { 'content-type': 'application/json', 'x-okta-verification-challenge': 'abc' }
    expect(await ask('okta', { method: 'GET', headers })).toMatchObject({
      body: '{"verification":"abc"}',
    })
    const challenge = { method: 'POST', headers, body: '{"challenge":"3eZbrw1"}' }
    expect(await ask('monday', challenge)).toMatchObject({ body: '{"challenge":"3eZbrw1"}' })
    const verified = get(`hub.mode=subscribe&hub.challenge=15f7&hub.verify_token=${SECRET}`)
    expect(await ask('strava', verified)).toMatchObject({ body: '{"hub.challenge":"15f7"}' })
    expect(await ask('strava', get('hub.challenge=15f7&hub.verify_token=x'))).toMatchObject({
      ok: false,
    })
    expect(await ask('mailchimp', get(''))).toEqual({ status: 200 })
  })
})
