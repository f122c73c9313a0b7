import { describe, expect, it } from 'vitest'
import { openApp } from '../api/app.ts'

const TOKEN = 'token-of-this-test'

describe('a batch', () => {
  it('of more events than one commit should hold is refused as a whole', async () => {
    const sources = { events: { use: 'cloudevents', options: { token: TOKEN } } }
    const { app, store } = await openApp({ sources })
    const send = (count: number) => {
      const event = (id: number) => ({ specversion: '1.0', id: `${id}`, source: 's', type: 't' })
      return app.request('/api/webhooks/events', {
        method: 'POST',
        headers: {
          'content-type': 'application/cloudevents-batch+json',
          authorization: `Bearer ${TOKEN}`,
        },
        body: JSON.stringify(Array.from({ length: count }, (_, index) => event(index))),
      })
    }
    const refused = await send(10_001)
    expect(refused.status).toBe(413)
    expect(await refused.json()).toMatchObject({ code: 'delivery_too_large' })
    expect(await store.deliveries({ limit: 10, outcome: 'accepted' })).toMatchObject({ items: [] })
    expect((await send(100)).status).toBe(202)
  })
})
