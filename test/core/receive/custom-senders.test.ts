import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { SILENT_LOGGER } from '../../../core/kit/silent-logger.ts'
import { Receiver } from '../../../core/receive/receiver.ts'
import { openSqlite } from '../../plugins/stores/sqlite/open-sqlite.ts'
import { openApp } from '../api/app.ts'
import { ConfigFolder, JSON_CONFIG } from '../config/config-folder.ts'

const TOKEN = 'token-of-this-test'
const use = (options: object) => ({ use: 'custom', options: { token: TOKEN, ...options } })

async function newest(store: StoreInstance) {
  const [summary] = (await store.deliveries({ limit: 1 })).items
  return summary
}

describe('what custom senders send', () => {
  it('may come by GET, with the token in the URL, which is not stored', async () => {
    const sources = { box: use({ methods: ['GET'], tokenQuery: 't' }) }
    const { app, store } = await openApp({ sources })
    const answer = await app.request(`/api/webhooks/box?event=a.b&t=${TOKEN}&n=1`)
    expect(answer.status).toBe(202)
    const delivery = await newest(store)
    expect(delivery?.path).toBe('/api/webhooks/box?event=a.b&t=[redacted]&n=1')
    const [event] = await store.events(delivery?.id ?? '')
    expect(event).toMatchObject({ type: 'a.b', payload: '{"event":"a.b","n":"1"}' })
    const wrong = await app.request('/api/webhooks/box?event=a.b&%74=another-secret')
    expect(wrong.status).toBe(401)
    expect((await newest(store))?.path).toBe('/api/webhooks/box?event=a.b&%74=[redacted]')
    const posted = await app.request(`/api/webhooks/box?t=${TOKEN}`, { method: 'POST' })
    expect(posted.status).toBe(405)
  })

  it('may be a probe, a challenge, or a delivery with an answer of its own', async () => {
    const answer = [{ method: 'HEAD' }, { echo: { query: 'challenge' } }]
    const sources = { box: use({ answer, acknowledge: { status: 201, body: 'ok' } }) }
    const { app, store } = await openApp({ sources })
    const head = await app.request('/api/webhooks/box', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    const echo = await app.request('/api/webhooks/box?challenge=abc')
    expect([echo.status, await echo.text()]).toEqual([200, 'abc'])
    expect(await newest(store)).toBeUndefined()
    expect((await app.request('/api/webhooks/box')).status).toBe(405)
    const headers = { 'x-webhook-token': TOKEN, 'content-type': 'application/json' }
    const post = await app.request('/api/webhooks/box', { method: 'POST', headers, body: '{}' })
    expect([post.status, await post.text()]).toEqual([201, 'ok'])
  })

  it('may be compressed for a source that asks for it, and for no other', async () => {
    const sources = { box: use({ gzip: { maxBytes: 1000 } }), other: use({}) }
    const { app, store } = await openApp({ sources })
    const headers = {
      'x-webhook-token': TOKEN,
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    }
    const post = (name: string, body: string) =>
      app.request(`/api/webhooks/${name}`, { method: 'POST', headers, body: gzipSync(body) })
    expect((await post('box', '{"type":"a.b","n":9007199254740993}')).status).toBe(202)
    const [event] = await store.events((await newest(store))?.id ?? '')
    expect(event).toMatchObject({ type: 'a.b', payload: '{"type":"a.b","n":9007199254740993}' })
    expect((await post('other', '{}')).status).toBe(415)
    expect((await post('box', JSON.stringify('x'.repeat(2000)))).status).toBe(413)
  })

  it('may be vouched for by a proxy, where it is trusted and no tunnel is in between', async () => {
    const certificate = { clientCertificate: { 'X-Verify': 'SUCCESS' } }
    const files = new ConfigFolder({
      [JSON_CONFIG]: {
        trustedProxies: ['10.0.0.0/8'],
        sources: { box: { use: 'custom', options: certificate } },
      },
    })
    const config = await files.load({ clock: Date.now })
    const store = await openSqlite()
    const receiver = new Receiver({ config, store, logger: SILENT_LOGGER, clock: Date.now })
    const receive = (socketAddress: string, tunnelClient?: string) => {
      const head = { source: 'box', method: 'POST', path: '/', headers: { 'x-verify': 'SUCCESS' } }
      const admission = receiver.admit({ ...head, socketAddress, tunnelClient })
      return receiver.receive(admission, new TextEncoder().encode('{}'))
    }
    expect(await receive('10.0.0.1')).toMatchObject({ kind: 'accepted' })
    const refused = { code: 'delivery_refused' }
    await expect(receive('192.0.2.1')).rejects.toMatchObject(refused)
    await expect(receive('10.0.0.1', '192.0.2.1')).rejects.toMatchObject(refused)
  })
})
