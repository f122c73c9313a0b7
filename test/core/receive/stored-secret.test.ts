import { describe, expect, it } from 'vitest'
import { secretForms } from '../../../core/redaction/secret-forms.ts'
import { openApp } from '../api/app.ts'

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

  it('is stored in none of the forms that logs redact', async () => {
    const sources = { box: { use: 'custom', options: { token: SECRET } } }
    const { app, store } = await openApp({ sources })
    const forms = [...secretForms(SECRET)]
    expect(forms.length).toBeGreaterThan(8)
    for (const form of forms) {
      const inPath = /^[\w+%.~-]+$/.test(form) ? form : ''
      await app.request(`/api/webhooks/box?x=${inPath}`, {
        method: 'POST',
        headers: { 'x-note': `<${form}>` },
        body: '{}',
      })
      const [summary] = (await store.deliveries({ limit: 1 })).items
      const path = `/api/webhooks/box?x=${inPath === '' ? '' : '[redacted]'}`
      expect(summary).toMatchObject({ headers: { 'x-note': '[redacted]' }, path })
    }
  })

  it('is not stored in a header named like a secret, even if the source does not declare it', async () => {
    const sources = { box: { use: 'custom', options: { token: SECRET } } }
    const { app, store } = await openApp({ sources })
    const headers = {
      'x-auth-token': 'abc',
      'x-api-key': 'abc',
      'x-hub-signature-256': 'sha256=abc',
    }
    await app.request('/api/webhooks/box', { method: 'POST', headers, body: '{}' })
    const [summary] = (await store.deliveries({ limit: 1 })).items
    expect(summary?.headers).toMatchObject({
      'x-auth-token': '[redacted]',
      'x-api-key': '[redacted]',
      'x-hub-signature-256': 'sha256=abc',
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
