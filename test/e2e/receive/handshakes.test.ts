import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import twilio from 'twilio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, type Service, startService } from '../service.ts'

const SECRET = 'signing secret'
const PUBLIC_URL = 'https://hooks.example.com'
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const DISCORD_KEY = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { cloudevents, discord, meta, notion, slack, twilio } from 'hookline/sources'
export default defineConfig({
  publicUrl: '${PUBLIC_URL}',
  sources: {
    slack: slack({ secret: '${SECRET}' }),
    discord: discord({ publicKey: '${DISCORD_KEY.toString('hex')}' }),
    meta: meta({ appSecret: '${SECRET}', verifyToken: 'meatyhamhock' }),
    cloudevents: cloudevents({ token: '${SECRET}', origins: ['eventgrid.azure.net'] }),
    notion: notion({ keepToken: true }),
    twilio: twilio({ authToken: '${SECRET}' }),
  },
  programs: { say: subprocess({ command: ['/bin/echo'], params: ['text'] }) },
  rules: [{ on: 'slack.command.deploy', run: 'say' }],
})`)
let service: Service

beforeAll(async () => {
  service = await startService({ folder })
})
afterAll(async () => {
  await service.stop()
  remove()
})

interface Deliveries {
  readonly deliveries: readonly { readonly outcome: string; readonly reason: string | null }[]
}

const deliveriesOf = async (source: string) =>
  (await service.get<Deliveries>(`/api/deliveries?source=${source}`)).deliveries

const send = (path: string, init: RequestInit = {}) =>
  fetch(`${service.url}/api/webhooks/${path}`, { method: 'POST', ...init })

function slackHeaders(body: string, secret = SECRET): Record<string, string> {
  const time = String(Math.floor(Date.now() / 1000))
  const mac = createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')
  return { 'x-slack-signature': `v0=${mac}`, 'x-slack-request-timestamp': time }
}

function discordHeaders(body: string): Record<string, string> {
  const time = String(Math.floor(Date.now() / 1000))
  const signature = signBytes(null, Buffer.from(time + body), privateKey).toString('hex')
  return { 'x-signature-ed25519': signature, 'x-signature-timestamp': time }
}

const JSON_TYPE = { 'content-type': 'application/json' }

describe('handshakes and acknowledgements', () => {
  it("answers Slack's challenge only where Slack signed it", async () => {
    const body = JSON.stringify({ type: 'url_verification', challenge: 'c-1' })
    const good = await send('slack', { body, headers: { ...JSON_TYPE, ...slackHeaders(body) } })
    expect([good.status, await good.text()]).toEqual([200, 'c-1'])
    expect(good.headers.get('hookline-delivery')).toMatch(/^dlv_/)
    const bad = await send('slack', { body, headers: { ...JSON_TYPE, ...slackHeaders(body, 'x') } })
    expect(bad.status).toBe(401)
    expect(await bad.text()).not.toContain('c-1')
  })

  it('gives a Slack command an empty answer, and runs its program', async () => {
    const body = 'command=%2Fdeploy&text=main&trigger_id=t1'
    const type = { 'content-type': 'application/x-www-form-urlencoded' }
    for (let count = 0; count < 2; count++) {
      const answer = await send('slack', { body, headers: { ...type, ...slackHeaders(body) } })
      expect([answer.status, await answer.text()]).toEqual([200, ''])
    }
    const { tasks } = await service.get<{ tasks: readonly object[] }>('/api/tasks?source=slack')
    expect(tasks).toHaveLength(1)
  })

  it("answers Discord's ping, and its test with a wrong signature with 401", async () => {
    const body = JSON.stringify({ type: 1, id: '1', application_id: '2' })
    const headers = { ...JSON_TYPE, ...discordHeaders(body) }
    const good = await send('discord', { body, headers })
    expect([good.status, await good.json()]).toEqual([200, { type: 1 }])
    const wrong = { ...headers, 'x-signature-ed25519': '0'.repeat(128) }
    expect((await send('discord', { body, headers: wrong })).status).toBe(401)
    expect((await send('discord', { body, headers: JSON_TYPE })).status).toBe(401)
    const ping = JSON.stringify({ version: 1, application_id: '2', type: 0 })
    const empty = await send('discord', {
      body: ping,
      headers: { ...JSON_TYPE, ...discordHeaders(ping) },
    })
    expect([empty.status, await empty.text()]).toEqual([204, ''])
  })

  it("answers Meta's check, and keeps a refused one without its token", async () => {
    const query = (token: string) =>
      `meta?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`
    const good = await send(query('meatyhamhock'), { method: 'GET' })
    expect([good.status, await good.text()]).toEqual([200, '1158201444'])
    expect((await send(query('wrong-token'), { method: 'GET' })).status).toBe(401)
    expect((await send('meta', { method: 'GET' })).status).toBe(405)
    const kept = await deliveriesOf('meta')
    expect(kept).toMatchObject([
      { outcome: 'refused', reason: expect.stringContaining('method_not_allowed') },
      { outcome: 'refused', reason: expect.stringContaining('token') },
    ])
    expect(JSON.stringify(kept)).not.toContain('wrong-token')
  })

  it('agrees to deliveries of CloudEvents', async () => {
    const ask = (origin: string) =>
      send('cloudevents', { method: 'OPTIONS', headers: { 'webhook-request-origin': origin } })
    const good = await ask('eventgrid.azure.net')
    expect(good.status).toBe(200)
    expect(good.headers.get('webhook-allowed-origin')).toBe('eventgrid.azure.net')
    expect(good.headers.get('webhook-allowed-rate')).toBe('*')
    const bad = await ask('evil.example')
    expect(bad.status).toBe(401)
    expect(bad.headers.get('webhook-allowed-origin')).toBeNull()
  })

  it("keeps Notion's token out of store and log", async () => {
    const token = 'secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl'
    const body = JSON.stringify({ verification_token: token })
    expect((await send('notion', { body, headers: JSON_TYPE })).status).toBe(200)
    expect((await send('notion', { body, headers: JSON_TYPE })).status).toBe(409)
    expect(await deliveriesOf('notion')).toEqual([])
    expect(service.lines.join('\n')).not.toContain(token)
    expect(service.lines.join('\n')).toContain('notion-verification-token')
    expect(existsSync(join(folder, 'data/secrets/notion-verification-token'))).toBe(true)
    const event = JSON.stringify({ id: '1', type: 'page.created' })
    const mac = createHmac('sha256', token).update(event).digest('hex')
    const headers = { ...JSON_TYPE, 'x-notion-signature': `sha256=${mac}` }
    expect((await send('notion', { body: event, headers })).status).toBe(200)
  })

  it('signs with the public URL of the config, whatever host a sender names', async () => {
    const body = 'MessageSid=SM1&SmsStatus=received&Body=hello'
    const fields = { MessageSid: 'SM1', SmsStatus: 'received', Body: 'hello' }
    const sendTo = (url: string) =>
      send('twilio', {
        body,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'x-forwarded-host': new URL(url).host,
          'x-forwarded-proto': 'https',
          'x-twilio-signature': twilio.getExpectedTwilioSignature(SECRET, url, fields),
        },
      })
    const good = await sendTo(`${PUBLIC_URL}/api/webhooks/twilio`)
    expect([good.status, await good.text()]).toEqual([200, '<Response/>'])
    expect((await sendTo('https://evil.example/api/webhooks/twilio')).status).toBe(401)
  })
})
