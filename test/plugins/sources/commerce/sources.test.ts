import '@shopify/shopify-api/adapters/node'
import { Environment, Paddle } from '@paddle/paddle-node-sdk'
import { shopifyApi } from '@shopify/shopify-api'
import { paddle, shopify, square, stripe } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { WebhooksHelper } from 'square'
import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { macOf, secondsOf, textOf } from '../vendor-signer.ts'
import { PADDLE_SAMPLES, SHOPIFY_SAMPLES, SQUARE_SAMPLES, STRIPE_SAMPLES } from './samples.ts'

const shared = {
  secrets: ['whsec_a first secret', 'zweites Geheimnis äöü'],
  options: (secret: readonly string[]) => ({ secret }),
  coversBody: true,
} as const

/** A signer from the vendor's document; its own library, which only verifies, must take what it makes. */
const checked = async (signature: string, accepted: boolean | Promise<boolean>) => {
  expect(await accepted).toBe(true)
  return signature
}

const stripeSigner = new Stripe('sk_test_x').webhooks

const adapters: Readonly<Record<string, SourceAdapter>> = {
  stripe: {
    ...shared,
    definition: stripe.definition,
    sign: ({ body, sentAt }, secret) => {
      const payload = textOf(body)
      const timestamp = secondsOf(sentAt)
      const header =
        payload === null
          ? `t=${timestamp},v1=${macOf('sha256', secret, 'hex')(`${timestamp}.`, body)}`
          : stripeSigner.generateTestHeaderString({ payload, secret, timestamp })
      return { 'Stripe-Signature': header }
    },
    proofHeader: 'Stripe-Signature',
    toleranceSeconds: 300,
    samples: STRIPE_SAMPLES,
  },
  shopify: {
    ...shared,
    definition: shopify.definition,
    sign: async ({ event, id, body }, secret) => {
      const signature = macOf('sha256', secret, 'base64')(body)
      const headers = {
        'X-Shopify-Topic': event,
        'X-Shopify-Webhook-Id': id,
        'X-Shopify-Shop-Domain': 'harbor.myshopify.com',
        'X-Shopify-API-Version': '2026-01',
        'X-Shopify-Hmac-SHA256': signature,
      }
      const text = textOf(body)
      if (text !== null) await checked(signature, shopifyAccepts(secret, text, headers))
      return headers
    },
    proofHeader: 'X-Shopify-Hmac-SHA256',
    samples: SHOPIFY_SAMPLES,
  },
  // Paddle's library only verifies, by the real time: see below.
  paddle: {
    ...shared,
    definition: paddle.definition,
    sign: ({ body, sentAt }, secret) => {
      const timestamp = secondsOf(sentAt)
      const mac = macOf('sha256', secret, 'hex')(`${timestamp}:`, body)
      return { 'Paddle-Signature': `ts=${timestamp};h1=${mac}` }
    },
    proofHeader: 'Paddle-Signature',
    toleranceSeconds: 300,
    samples: PADDLE_SAMPLES,
  },
  square: {
    ...shared,
    definition: square.definition,
    sign: async ({ body, url }, secret) => {
      const signature = macOf('sha256', secret, 'base64')(url, body)
      const requestBody = textOf(body)
      if (requestBody !== null) {
        const given = { requestBody, signatureHeader: signature, signatureKey: secret }
        await checked(signature, WebhooksHelper.verifySignature({ ...given, notificationUrl: url }))
      }
      return { 'x-square-hmacsha256-signature': signature }
    },
    proofHeader: 'x-square-hmacsha256-signature',
    samples: SQUARE_SAMPLES,
  },
}

for (const [name, adapter] of Object.entries(adapters)) {
  describe(name, () => testSource({ describe, it }, adapter))
}

async function shopifyAccepts(
  apiSecretKey: string,
  rawBody: string,
  headers: Record<string, string>,
): Promise<boolean> {
  const api = shopifyApi({
    apiKey: 'key',
    apiSecretKey,
    hostName: 'hooks.example.com',
    apiVersion: '2026-01' as never,
    isEmbeddedApp: true,
    logger: { log: () => {} },
  })
  const rawRequest = { method: 'POST', url: '/', headers }
  const { valid } = await api.webhooks.validate({ rawBody, rawRequest } as never)
  return valid
}

describe('stripe', () => {
  it('takes one good signature of several, and none of the scheme v0', () => {
    const now = new Date()
    const clock = () => now.getTime()
    const source = stripe.definition.create({ secret: ['s'] }, makeContext({ clock }))
    const timestamp = secondsOf(now)
    const good = macOf('sha256', 's', 'hex')(`${timestamp}.{}`)
    const verdictOf = (signature: string) =>
      source.verify(makeDelivery({ headers: { 'Stripe-Signature': signature }, body: '{}' }))
    const bad = '0'.repeat(64)
    expect(verdictOf(`t=${timestamp},v1=${bad},v1=${good},v0=${bad}`)).toEqual({ ok: true })
    expect(verdictOf(`t=${timestamp},v0=${good}`)).toMatchObject({ ok: false })
    expect(verdictOf(`v1=${good}`)).toEqual({
      ok: false,
      reason: 'the timestamp in header Stripe-Signature is missing',
    })
  })
})

describe('paddle', () => {
  const [{ body, event }] = PADDLE_SAMPLES

  it("signs what Paddle's own library accepts, and the reverse", async () => {
    const secret = 'pdl_ntfset_secret'
    const options = paddle.definition.options.parse({ secret })
    const source = paddle.definition.create(options, makeContext())
    const library = new Paddle('key', { environment: Environment.sandbox }).webhooks
    const draft = { event, id: '1', url: '', body: Buffer.from(body), sentAt: new Date() }
    const headers = source.sign?.(draft) ?? {}
    const signature = headers['paddle-signature'] ?? ''
    expect(await library.isSignatureValid(body, secret, signature)).toBe(true)
    expect(await library.isSignatureValid(body, 'another', signature)).toBe(false)
    expect(source.verify(makeDelivery({ headers, body }))).toEqual({ ok: true })
  })

  it('can be given the tolerance of that library', () => {
    const now = Date.parse('2026-01-15T12:00:00Z')
    const options = paddle.definition.options.parse({ secret: 's', toleranceSeconds: 5 })
    const source = paddle.definition.create(options, makeContext({ clock: () => now }))
    const sentAt = new Date(now - 6000)
    const headers =
      source.sign?.({ event, id: '1', url: '', body: Buffer.from(body), sentAt }) ?? {}
    expect(source.verify(makeDelivery({ headers, body }))).toEqual({
      ok: false,
      reason: 'timestamp is 6 s old, the limit is 5 s',
    })
  })
})

describe('square', () => {
  it('signs the public URL, not another', () => {
    const source = square.definition.create({ secret: ['s'] }, makeContext())
    const url = 'https://hooks.example.com/webhooks/square'
    const headers = {
      'x-square-hmacsha256-signature': macOf('sha256', 's', 'base64')(url, '{}'),
    }
    expect(source.verify(makeDelivery({ headers, url, body: '{}' }))).toEqual({ ok: true })
    const elsewhere = makeDelivery({ headers, url: `${url}?a=1`, body: '{}' })
    expect(source.verify(elsewhere)).toMatchObject({ ok: false })
  })
})

describe('shopify', () => {
  it("takes the headers of Shopify's Events", async () => {
    const source = shopify.definition.create({ secret: ['s'] }, makeContext())
    const headers = {
      'content-type': 'application/json',
      'shopify-topic': 'orders/create',
      'shopify-webhook-id': 'b54557e4',
      'shopify-shop-domain': 'harbor.myshopify.com',
      'shopify-hmac-sha256': macOf('sha256', 's', 'base64')('{}'),
    }
    const delivery = makeDelivery({ headers, body: '{}' })
    expect(source.verify(delivery)).toEqual({ ok: true })
    expect(await source.parse(delivery)).toMatchObject([
      { type: 'orders/create', id: 'b54557e4', facts: { shop: 'harbor.myshopify.com' } },
    ])
  })
})
