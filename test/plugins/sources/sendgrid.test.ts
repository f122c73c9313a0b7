import { generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { EventWebhook } from '@sendgrid/eventwebhook'
import { sendgrid } from 'hookline/sources'
import { makeContext, makeDelivery, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { SENDGRID_BATCH, SENDGRID_SAMPLES } from './batch-samples.ts'
import { secondsOf, textOf } from './vendor-signer.ts'

const pairs = [keyPair('prime256v1'), keyPair('prime256v1')] as const
const library = new EventWebhook()

function keyPair(namedCurve: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  const text = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
  return { publicKey: text, privateKey }
}

/** As SendGrid signs. Its own library, which only verifies, must take it. */
function sign(publicKey: string, timestamp: string, body: Uint8Array): string {
  const pair = pairs.find((known) => known.publicKey === publicKey)
  if (pair === undefined) return expect.fail('no such key')
  const content = Buffer.concat([Buffer.from(timestamp), body])
  const signature = signBytes('sha256', content, pair.privateKey).toString('base64')
  const text = textOf(body)
  if (text !== null) {
    const key = library.convertPublicKeyToECDSA(publicKey)
    expect(library.verifySignature(key, text, signature, timestamp)).toBe(true)
  }
  return signature
}

testSource(
  { describe, it },
  {
    definition: sendgrid.definition,
    secrets: [pairs[0].publicKey, pairs[1].publicKey],
    options: (publicKey) => ({ publicKey }),
    sign: ({ body, sentAt }, publicKey) => {
      const timestamp = String(secondsOf(sentAt))
      return {
        'X-Twilio-Email-Event-Webhook-Timestamp': timestamp,
        'X-Twilio-Email-Event-Webhook-Signature': sign(publicKey, timestamp, body),
      }
    },
    cannotSign: true,
    proofHeader: 'X-Twilio-Email-Event-Webhook-Signature',
    neededHeaders: ['X-Twilio-Email-Event-Webhook-Timestamp'],
    coversBody: true,
    toleranceSeconds: 300,
    samples: SENDGRID_SAMPLES,
  },
)

describe('sendgrid', () => {
  const create = (publicKey: string) =>
    sendgrid.definition.create(sendgrid.definition.options.parse({ publicKey }), makeContext())

  it('gives every event of a batch its own id', async () => {
    const delivery = makeDelivery({
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(SENDGRID_BATCH),
    })
    const events = await create(pairs[0].publicKey).parse(delivery)
    expect(events.map(({ id, payload }) => ({ id, payload }))).toEqual(
      SENDGRID_BATCH.map((payload) => ({ id: payload.sg_event_id, payload })),
    )
  })

  it.each([
    ['no base64', 'not a key'],
    ['base64 of something else', Buffer.from('not a key').toString('base64')],
    ['a key of another curve', keyPair('secp384r1').publicKey],
  ])('refuses for its public key %s', (_, publicKey) => {
    expect(() => create(publicKey)).toThrow(expect.objectContaining({ code: 'option_invalid' }))
  })

  it('takes a longer tolerance', () => {
    const options = { publicKey: pairs[0].publicKey, toleranceSeconds: 86_400 }
    const source = sendgrid.definition.create(
      sendgrid.definition.options.parse(options),
      makeContext(),
    )
    const timestamp = String(secondsOf(new Date()) - 3600)
    const headers = {
      'X-Twilio-Email-Event-Webhook-Timestamp': timestamp,
      'X-Twilio-Email-Event-Webhook-Signature': sign(
        pairs[0].publicKey,
        timestamp,
        Buffer.from('[]'),
      ),
    }
    expect(source.verify(makeDelivery({ headers, body: '[]' }))).toEqual({ ok: true })
  })
})
