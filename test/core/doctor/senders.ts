import { createHmac } from 'node:crypto'
import { sign as signGithub } from '@octokit/webhooks-methods'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import twilio from 'twilio'
import type { Sent, Service } from './setup.ts'

export const SECRET = 'Correct-Horse/battery+staple'
export const WHSEC = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
export const OTHER = 'another secret altogether'
export const BODY =
  '{"zen":"Ünïcode / slash","count":12345678901234567890,"a":{"z":1,"b":[1,2,{}]}}'
export const NOW_SECONDS = () => Math.floor(Date.now() / 1000)

export function hmac(body: string | Uint8Array, secret: string | Uint8Array, algorithm = 'sha256') {
  return createHmac(algorithm, secret).update(body)
}

export const GITHUB: Service = { sources: { github: ['github', { secret: SECRET }] } }
export const JSON_TYPE = { 'content-type': 'application/json' }
export const EVENT = { ...JSON_TYPE, 'x-github-event': 'push', 'x-github-delivery': 'id-1' }

/** Sent by GitHub: signed with one secret over one text, and arrived as another. */
export async function bySecret(secret: string, signed = BODY, arrived = signed): Promise<Sent> {
  const signature = await signGithub(secret, signed)
  return { headers: { ...EVENT, 'x-hub-signature-256': signature }, body: arrived }
}

export function headerOnly(value: string, name = 'x-hub-signature-256'): Sent {
  return { headers: { ...EVENT, [name]: value }, body: BODY }
}

export function github(secret: string, more: Service['sources'] = {}): Service {
  return { sources: { github: ['github', { secret }], ...more } }
}

export const MAC = () => hmac(BODY, SECRET)

export const TWILIO_PATH = '/api/webhooks/twilio'
export const FIELDS = { Body: 'hello there', From: '+15550001', MessageSid: 'SM1' }
export function byTwilio(url: string, path = TWILIO_PATH): Sent {
  const signature = twilio.getExpectedTwilioSignature(SECRET, url, FIELDS)
  return {
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': signature,
      host: 'tunnel.example.net',
    },
    body: new URLSearchParams(FIELDS).toString(),
    path,
  }
}
export const TWILIO: Service = { sources: { twilio: ['twilio', { authToken: SECRET }] } }

export const STRIPE: Service = { sources: { stripe: ['stripe', { secret: WHSEC }] } }
export const stripe = new Stripe('sk_test_none')
export function byStripe(secret: string, timestamp = NOW_SECONDS(), body = BODY): Sent {
  const signature = stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp })
  return { headers: { ...JSON_TYPE, 'stripe-signature': signature }, body }
}
export const STANDARD: Service = { sources: { sw: ['standardwebhooks', { secret: WHSEC }] } }
export function byStandard(secret: string, prefix = 'webhook', at = new Date()): Sent {
  const signature = new Webhook(secret).sign('msg_1', at, BODY)
  const seconds = String(Math.floor(at.getTime() / 1000))
  const headers = { id: 'msg_1', timestamp: seconds, signature }
  const named = Object.entries(headers).map(([name, value]) => [`${prefix}-${name}`, value])
  return { headers: { ...JSON_TYPE, ...Object.fromEntries(named) }, body: BODY }
}
export function bySlack(at: number, secret = SECRET): Sent {
  const signature = `v0=${hmac(`v0:${at}:${BODY}`, secret).digest('hex')}`
  return {
    headers: { ...JSON_TYPE, 'x-slack-signature': signature, 'x-slack-request-timestamp': `${at}` },
    body: BODY,
  }
}
export const SLACK: Service = { sources: { slack: ['slack', { secret: SECRET }] } }
export const custom = (hmac: object): Service => ({
  sources: { own: ['custom', { hmac: { secret: SECRET, header: 'X-Sig', ...hmac } }] },
})
export const TIMED = { timestamp: { header: 'X-Time' } }

export function timed(at: number, content: (at: number) => string): Sent {
  const signature = hmac(content(at), SECRET).digest('hex')
  return { headers: { ...JSON_TYPE, 'x-sig': signature, 'x-time': `${at}` }, body: BODY }
}

export function hexOf(text: string): string {
  return Buffer.from(text).toString('hex')
}
