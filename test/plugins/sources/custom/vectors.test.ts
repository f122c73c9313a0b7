import { makeDelivery } from 'hookline/testing'
import { Webhook } from 'standardwebhooks'
import Stripe from 'stripe'
import { describe, expect, it } from 'vitest'
import { configured } from './configured.ts'

interface Vector {
  /** The options of the signature. */
  readonly hmac: Readonly<Record<string, unknown>>
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Seconds since the epoch. */
  readonly at?: number
}

const OCTO = "It's a Secret to Everybody"
const SLACK_BODY =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c'
const STANDARD = {
  algorithm: 'sha256',
  encoding: 'base64',
  prefix: 'v1,',
  separator: ' ',
  template: '{id}.{timestamp}.{body}',
  key: 'whsec',
}
const BOX_BODY =
  '{"type":"webhook_event","webhook":{"id":"1234567890"},"trigger":"FILE.UPLOADED","source":{"id":"1234567890","type":"file","name":"Test.txt"}}'
const BOX_TIME = '2020-01-01T00:00:00-07:00'
const box = (secret: string, header: string) => ({
  secret,
  header,
  encoding: 'base64',
  timestamp: { header: 'BOX-DELIVERY-TIMESTAMP', unit: 'rfc3339', toleranceSeconds: 600 },
  template: '{body}{timestamp}',
})
const stripeTime = { prefix: 't=', toleranceSeconds: 300 }
const STRIPE_BODY = '{"id":"evt_1","type":"charge.succeeded"}'
const WEBHOOK_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'

const VECTORS: Readonly<Record<string, Vector>> = {
  // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
  github: {
    hmac: { secret: OCTO, header: 'X-Hub-Signature-256', prefix: 'sha256=' },
    headers: {
      'X-Hub-Signature-256':
        'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17',
    },
    body: 'Hello, World!',
  },
  // https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/
  bitbucket: {
    hmac: {
      secret: OCTO,
      header: 'X-Hub-Signature',
      algorithm: ['sha1', 'sha256'],
      prefix: '{algorithm}=',
    },
    headers: {
      'X-Hub-Signature': 'sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9',
    },
    body: 'Hello World!',
  },
  // https://circleci.com/docs/outbound-webhooks/
  circleci: {
    hmac: { secret: 'secret', header: 'circleci-signature', prefix: 'v1=', separator: ',' },
    headers: {
      'circleci-signature': 'v1=734cc62f32841568f45715aeb9f4d7891324e6d948e4c6c60c0621cdac48623a',
    },
    body: 'hello world',
  },
  // https://api.slack.com/authentication/verifying-requests-from-slack
  slack: {
    hmac: {
      secret: '8f742231b10e8888abcd99yyyzzz85a5',
      header: 'X-Slack-Signature',
      prefix: 'v0=',
      timestamp: { header: 'X-Slack-Request-Timestamp' },
      template: 'v0:{timestamp}:{body}',
    },
    headers: {
      'X-Slack-Request-Timestamp': '1531420618',
      'X-Slack-Signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    },
    body: SLACK_BODY,
    at: 1531420618,
  },
  // https://github.com/standard-webhooks/standard-webhooks
  'Standard Webhooks': {
    hmac: {
      ...STANDARD,
      secret: WEBHOOK_SECRET,
      header: 'webhook-signature',
      idHeader: 'webhook-id',
      timestamp: { header: 'webhook-timestamp' },
    },
    headers: {
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    },
    body: '{"test": 2432232314}',
    at: 1614265330,
  },
  // https://docs.svix.com/receiving/verifying-payloads/how-manual
  svix: {
    hmac: {
      ...STANDARD,
      secret: 'whsec_plJ3nmyCDGBKInavdOK15jsl',
      header: 'svix-signature',
      idHeader: 'svix-id',
      timestamp: { header: 'svix-timestamp' },
    },
    headers: {
      'svix-id': 'msg_loFOjxBNrRLzqYUf',
      'svix-timestamp': '1731705121',
      'svix-signature': 'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=',
    },
    body: '{"event_type":"ping","data":{"success":true}}',
    at: 1731705121,
  },
  // https://developer.box.com/guides/webhooks/v2/signatures-v2/ and the tests of its SDKs
  'box, first key': {
    hmac: box('SamplePrimaryKey', 'BOX-SIGNATURE-PRIMARY'),
    headers: {
      'BOX-DELIVERY-TIMESTAMP': BOX_TIME,
      'BOX-SIGNATURE-PRIMARY': '6TfeAW3A1PASkgboxxA5yqHNKOwFyMWuEXny/FPD5hI=',
    },
    body: BOX_BODY,
    at: Date.parse(BOX_TIME) / 1000 + 599,
  },
  'box, second key': {
    hmac: box('SampleSecondaryKey', 'BOX-SIGNATURE-SECONDARY'),
    headers: {
      'BOX-DELIVERY-TIMESTAMP': BOX_TIME,
      'BOX-SIGNATURE-SECONDARY': 'v+1CD1Jdo3muIcbpv5lxxgPglOqMfsNHPV899xWYydo=',
    },
    body: BOX_BODY,
    at: Date.parse(BOX_TIME) / 1000,
  },
  // Signed by the libraries of the senders.
  'stripe, by its library': {
    hmac: {
      secret: 'whsec_test',
      header: 'Stripe-Signature',
      prefix: 'v1=',
      separator: ',',
      timestamp: stripeTime,
    },
    headers: {
      'Stripe-Signature': Stripe.webhooks.generateTestHeaderString({
        payload: STRIPE_BODY,
        secret: 'whsec_test',
        timestamp: 1700000000,
      }),
    },
    body: STRIPE_BODY,
    at: 1700000299,
  },
  'Standard Webhooks, by its library': {
    hmac: {
      ...STANDARD,
      secret: WEBHOOK_SECRET,
      header: 'webhook-signature',
      idHeader: 'webhook-id',
      timestamp: { header: 'webhook-timestamp' },
    },
    headers: {
      'webhook-id': 'msg_1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': `v1a,AAAA ${new Webhook(WEBHOOK_SECRET).sign('msg_1', new Date(1_700_000_000_000), '{}')}`,
    },
    body: '{}',
    at: 1700000000,
  },
}

describe('published signatures', () => {
  it.each(Object.entries(VECTORS))('%s', async (_, { hmac, headers, body, at }) => {
    const source = configured({ hmac }, at)
    expect(await source.verify(makeDelivery({ headers, body }))).toEqual({ ok: true })
    const altered = await source.verify(makeDelivery({ headers, body: `${body} ` }))
    expect(altered).toMatchObject({ ok: false })
  })

  it.each(Object.entries(VECTORS))('%s is signed alike', async (_, { hmac, headers, body, at }) => {
    const source = configured({ hmac }, at)
    const time = headers['BOX-DELIVERY-TIMESTAMP']
    const sentAt = new Date(time ?? (at ?? 0) * 1000)
    const id = headers['webhook-id'] ?? headers['svix-id'] ?? ''
    const draft = { event: 'e', id, body: Buffer.from(body), url: 'http://localhost/', sentAt }
    const signed = source.sign?.(draft) ?? {}
    expect(await source.verify(makeDelivery({ headers: signed, body }))).toEqual({ ok: true })
  })
})
