import { describe, expect, it } from 'vitest'
import { openApp } from './hardening-app.ts'

const SECRET = 'a/secret of this test'

describe('a secret that came where it does not belong', () => {
  it('is not stored', async () => {
    const sources = { box: { use: 'custom', options: { token: [SECRET, 'the-next-secret'] } } }
    const { app, store } = await openApp({ sources })
    const sent = await app.request(`/api/webhooks/box?x=${encodeURIComponent(SECRET)}&y=1`, {
      method: 'POST',
      headers: { 'x-api-key': `Key the-next-secret`, 'x-note': SECRET, 'x-other': 'kept' },
      body: '{}',
    })
    expect(sent.status).toBe(401)
    const [summary] = (await store.deliveries({ limit: 1 })).items
    const record = await store.delivery(summary?.id ?? '')
    expect(record).toMatchObject({
      headers: { 'x-api-key': '[redacted]', 'x-note': '[redacted]', 'x-other': 'kept' },
      path: '/api/webhooks/box?x=[redacted]&y=1',
    })
  })

  it('is not stored either where it is that of another source', async () => {
    const sources = {
      box: { use: 'custom', options: { token: SECRET } },
      other: { use: 'custom', options: { token: 'the-secret-of-another' } },
    }
    const { app, store } = await openApp({ sources })
    const sent = await app.request('/api/webhooks/box?y=the-secret-of-another', {
      method: 'POST',
      headers: { 'x-note': 'the-secret-of-another' },
      body: '{}',
    })
    expect(sent.status).toBe(401)
    const [summary] = (await store.deliveries({ limit: 1 })).items
    expect(summary).toMatchObject({
      headers: { 'x-note': '[redacted]' },
      path: '/api/webhooks/box?y=[redacted]',
    })
  })
})
