import { Signature } from '@hubspot/api-client'
import { hubspot } from 'hookline/sources'
import { makeContext, makeDelivery, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { HUBSPOT_BATCH, HUBSPOT_SAMPLES } from './batch-samples.ts'
import { macOf, textOf } from './vendor-signer.ts'

/** By HubSpot's own library, which takes text; for bytes that are none, as its document says. */
function sign(secret: string, url: string, { body, time }: { body: Uint8Array; time: number }) {
  const requestBody = textOf(body)
  if (requestBody === null) {
    return macOf('sha256', secret, 'base64')(`POST${url}`, body, String(time))
  }
  const options = { clientSecret: secret, requestBody, url, timestamp: time, signature: '' }
  return Signature.getSignature('POST', 'v3', options)
}

testSource(
  { describe, it },
  {
    definition: hubspot.definition,
    secrets: ['a first secret', 'zweites Geheimnis äöü'],
    options: (secret) => ({ secret }),
    sign: ({ body, url, sentAt }, secret) => ({
      'X-HubSpot-Request-Timestamp': String(sentAt.getTime()),
      'X-HubSpot-Signature-v3': sign(secret, url, { body, time: sentAt.getTime() }),
    }),
    proofHeader: 'X-HubSpot-Signature-v3',
    neededHeaders: ['X-HubSpot-Request-Timestamp'],
    coversBody: true,
    toleranceSeconds: 300,
    samples: HUBSPOT_SAMPLES,
  },
)

describe('hubspot', () => {
  const time = Date.parse('2026-01-15T12:00:00Z')
  const source = hubspot.definition.create({ secret: ['s'] }, makeContext({ clock: () => time }))
  const parse = async (batch: unknown) => {
    const headers = { 'content-type': 'application/json' }
    return await source.parse(makeDelivery({ headers, body: JSON.stringify(batch) }))
  }

  it('verifies the URI with the characters decoded that HubSpot decodes, and no others', () => {
    const host = 'https://hooks.example.com/webhooks/hubspot'
    const called = `${host}?a=%3A%2f%3F%40%21%24%27%28%29%2A%2C%3B&b=%20%25%26%C3%A4`
    const signed = `${host}?a=:/?@!$'()*,;&b=%20%25%26%C3%A4`
    const signature = sign('s', signed, { body: Buffer.from('[]'), time })
    const headers = {
      'X-HubSpot-Request-Timestamp': String(time),
      'X-HubSpot-Signature-v3': signature,
    }
    expect(source.verify(makeDelivery({ headers, url: called, body: '[]' }))).toEqual({ ok: true })
    expect(source.verify(makeDelivery({ headers, url: host, body: '[]' }))).toMatchObject({
      ok: false,
    })
  })

  it('does not take another method', () => {
    const url = 'https://hooks.example.com/webhooks/hubspot'
    const headers = {
      'X-HubSpot-Request-Timestamp': String(time),
      'X-HubSpot-Signature-v3': sign('s', url, { body: Buffer.from('[]'), time }),
    }
    const delivery = makeDelivery({ headers, url, body: '[]', method: 'PUT' })
    expect(source.verify(delivery)).toMatchObject({ ok: false })
  })

  it('gives every event of a batch an id that a further attempt does not change', async () => {
    const events = await parse(HUBSPOT_BATCH)
    const again = await parse(HUBSPOT_BATCH.map((event) => ({ ...event, attemptNumber: 1 })))
    expect(events.map(({ id }) => id)).toEqual([
      '100:2763:123:1768478398000',
      '100:2764:546:1768478399000',
    ])
    expect(again.map(({ id }) => id)).toEqual(events.map(({ id }) => id))
    expect(events.map(({ payload }) => payload)).toEqual(HUBSPOT_BATCH)
    expect(await parse([{ subscriptionType: 'contact.creation' }])).toMatchObject([{ id: null }])
  })

  it.each([[[{}]], [[{ subscriptionType: 'ä' }]], [{ subscriptionType: 'a' }], [[1]]])(
    'cannot parse %j',
    async (batch) => {
      await expect(parse(batch)).rejects.toMatchObject({ code: 'delivery_unparsable' })
    },
  )
})
