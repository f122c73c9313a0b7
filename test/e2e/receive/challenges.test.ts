import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SAMPLES } from '../../plugins/sources/documents/samples.ts'
import { SIGNERS } from '../../plugins/sources/documents/signers.ts'
import { makeFolder, type Service, startService } from '../service.ts'

const SECRET = 'secret-of-the-handshakes'
const TEAMS_KEY = 'bXNnLXRlYW1zLWZpcnN0LWtleQ=='
const PUBLIC_URL = 'https://hooks.example.com'
const CONFIG = `
  import { asana, dropbox, intercom, msgraph, msteams, trello, twitch, woocommerce, x, zoom } from 'hookline/sources'
  const secret = '${SECRET}'
  export default {
    publicUrl: '${PUBLIC_URL}',
    sources: {
      asana: asana({ handshakeToken: 'token-of-your-choice' }),
      msgraph: msgraph({ clientState: secret }),
      msteams: msteams({ secret: '${TEAMS_KEY}', reply: 'On it.' }),
      dropbox: dropbox({ secret }), intercom: intercom({ secret }), trello: trello({ secret }),
      twitch: twitch({ secret }), woocommerce: woocommerce({ secret }), x: x({ secret }), zoom: zoom({ secret }),
    },
  }`

const hmac = (text: string) => createHmac('sha256', SECRET).update(text)

describe('handshakes', () => {
  const { folder, remove } = makeFolder(CONFIG)
  let service: Service
  beforeAll(async () => {
    service = await startService({ folder })
  })
  afterAll(async () => {
    await service.stop()
    remove()
  })

  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${service.url}/api/webhooks/${path}`, init)
  const post = (source: keyof typeof SIGNERS, body: string, secret = SECRET) => {
    const url = `${PUBLIC_URL}/api/webhooks/${source}`
    const draft = { event: 'e', id: 'i', body: Buffer.from(body), url, sentAt: new Date() }
    const headers = { 'content-type': 'application/json', ...SIGNERS[source](draft, secret) }
    return call(source, { method: 'POST', headers, body })
  }

  it.each(['trello', 'intercom'])('answers the HEAD of %s', async (source) => {
    expect((await call(source, { method: 'HEAD' })).status).toBe(200)
    expect((await call(source)).status).toBe(405)
  })

  it('verifies Trello against the public URL, and answers 200', async () => {
    expect((await post('trello', String(SAMPLES.trello.body))).status).toBe(200)
  })

  it.each([
    ['dropbox?challenge=%3Cb%3E', 'GET', '<b>'],
    ['msgraph?validationToken=Validation%3A+Testing%20%3C', 'POST', 'Validation: Testing <'],
  ])('echoes %s as plain text', async (path, method, text) => {
    const answer = await call(path, { method })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(await answer.text()).toBe(text)
  })

  it('answers the CRC of X', async () => {
    const answer = await call('x?crc_token=challenge_string')
    expect(await answer.json()).toEqual({
      response_token: `sha256=${hmac('challenge_string').digest('base64')}`,
    })
    expect((await call('x')).status).toBe(405)
  })

  it('answers the signed challenge of Zoom, and no other', async () => {
    const plainToken = 'qgg8vlvZRS6UYooatFL8Aw'
    const body = JSON.stringify({ event: 'endpoint.url_validation', payload: { plainToken } })
    const answer = await post('zoom', body)
    expect(answer.status).toBe(200)
    expect(await answer.json()).toEqual({
      plainToken,
      encryptedToken: hmac(plainToken).digest('hex'),
    })
    expect((await post('zoom', body, 'another secret')).status).toBe(401)
    expect((await post('zoom', String(SAMPLES.zoom.body))).status).toBe(200)
  })

  it('echoes the signed challenge of Twitch, and no other', async () => {
    const subscription = { id: 's', status: 'webhook_callback_verification_pending', type: 'a.b' }
    const body = JSON.stringify({ challenge: 'pogchamp-kappa-360noscope', subscription })
    const answer = await post('twitch', body)
    expect([answer.status, await answer.text()]).toEqual([200, 'pogchamp-kappa-360noscope'])
    expect((await post('twitch', body, 'another secret')).status).toBe(401)
  })

  it('takes the ping of WooCommerce, and nothing else without a signature', async () => {
    const ping = (body: string) => call('woocommerce', { method: 'POST', headers: FORM, body })
    expect((await ping('webhook_id=42')).status).toBe(200)
    expect((await ping('webhook_id=42&order=1')).status).toBe(401)
  })

  it('gives Teams a message', async () => {
    const answer = await post('msteams', String(SAMPLES.msteams.body), TEAMS_KEY)
    expect(await answer.json()).toEqual({ type: 'message', text: 'On it.' })
    expect((await post('msteams', String(SAMPLES.msteams.body), 'eA==')).status).toBe(401)
  })

  it('learns the secrets of Asana from those who know the token, and keeps them', async () => {
    const secrets = [
      'b537207f20cbfa02357cf448134da559',
      '0123456789abcdef0123456789abcdef',
    ] as const
    const handshake = (query: string, secret: string) =>
      call(`asana${query}`, { method: 'POST', headers: { 'X-Hook-Secret': secret } })
    const body = String(SAMPLES.asana.body)
    expect((await post('asana', body, secrets[0])).status).toBe(401)
    expect((await handshake('', secrets[0])).status).toBe(401)
    expect((await handshake('?token=wrong', secrets[0])).status).toBe(401)
    for (const secret of secrets) {
      const answer = await handshake('?token=token-of-your-choice', secret)
      expect([answer.status, answer.headers.get('x-hook-secret')]).toEqual([200, secret])
    }
    for (const secret of secrets) expect((await post('asana', body, secret)).status).toBe(200)
    expect((await post('asana', '{"events":[]}', secrets[1])).status).toBe(200)

    await service.stop()
    service = await startService({ folder })
    expect((await post('asana', body, secrets[1])).status).toBe(200)
    expect((await post('asana', body, 'ffffffffffffffff')).status).toBe(401)

    const [file] = readdirSync(join(folder, 'data/secrets')).filter((name) => /asana/.test(name))
    const path = join(folder, 'data/secrets', String(file))
    expect(readFileSync(path, 'utf8')).toBe(`${secrets.join('\n')}\n`)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    for (const secret of secrets) expect(service.lines.join('\n')).not.toContain(secret)
  })
})

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
