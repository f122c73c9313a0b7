import { createHmac, generateKeyPairSync, sign as signBytes } from 'node:crypto'
import { standardwebhooks, svix } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { Webhook } from 'standardwebhooks'
import { Webhook as SvixWebhook } from 'svix'
import { describe, expect, it } from 'vitest'

const SECRETS = [
  'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  'whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=',
] as const

type Signer = new (secret: string) => { sign(id: string, at: Date, body: string): string }

// Both packages sign text only; bytes that are no UTF-8 are signed as the specification says.
function symmetric(Library: Signer, secret: string, draft: Draft): string {
  const bytes = Buffer.from(draft.body)
  if (Buffer.from(bytes.toString()).equals(bytes)) {
    return new Library(secret).sign(draft.id, draft.sentAt, bytes.toString())
  }
  const mac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
  return `v1,${mac.update(contentOf(draft)).digest('base64')}`
}

interface Draft {
  readonly id: string
  readonly sentAt: Date
  readonly body: Uint8Array
}

function contentOf({ id, sentAt, body }: Draft): Buffer {
  return Buffer.concat([Buffer.from(`${id}.${secondsOf(sentAt)}.`), body])
}

function secondsOf(time: Date): string {
  return String(Math.floor(time.getTime() / 1000))
}

// No library signs `v1a`; so these lines are from the specification.
const pairs = [generateKeyPairSync('ed25519'), generateKeyPairSync('ed25519')] as const
const PUBLIC_KEYS = pairs.map(({ publicKey }) => {
  const bytes = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')
  return `whpk_${bytes.toString('base64')}`
})
const [FIRST_KEY = '', SECOND_KEY = ''] = PUBLIC_KEYS

function asymmetric(publicKey: string, draft: Draft): string {
  const { privateKey } = publicKey === FIRST_KEY ? pairs[0] : pairs[1]
  return `v1a,${signBytes(null, contentOf(draft), privateKey).toString('base64')}`
}

const contact = {
  type: 'contact.created',
  timestamp: '2022-11-03T20:26:10.344522Z',
  data: { id: '1f81eb52-5198-4599-803e-771906343485', type: 'contact' },
}

const common = {
  coversBody: true,
  toleranceSeconds: 300,
  samples: [
    {
      event: 'contact.created',
      body: JSON.stringify(contact),
      type: 'contact.created',
      facts: {
        sent_type: 'contact.created',
        data_id: '1f81eb52-5198-4599-803e-771906343485',
        time: '2022-11-03T20:26:10.344522Z',
        message_id: 'a1b2c3d4-0000-4000-8000-000000000001',
      },
    },
    { event: 'none', body: '{"test": 2432232314}', type: 'event', facts: { sent_type: null } },
  ],
} as const

function headers(prefix: string, draft: Draft, signature: string): Record<string, string> {
  return {
    [`${prefix}-id`]: draft.id,
    [`${prefix}-timestamp`]: secondsOf(draft.sentAt),
    [`${prefix}-signature`]: signature,
  }
}

const adapters: Readonly<Record<string, SourceAdapter>> = {
  'standardwebhooks, v1': {
    ...common,
    definition: standardwebhooks.definition,
    secrets: SECRETS,
    options: (secret) => ({ secret }),
    sign: (draft, secret) => headers('webhook', draft, symmetric(Webhook, secret, draft)),
    proofHeader: 'webhook-signature',
    neededHeaders: ['webhook-id', 'webhook-timestamp'],
  },
  'standardwebhooks, v1a': {
    ...common,
    definition: standardwebhooks.definition,
    secrets: [FIRST_KEY, SECOND_KEY],
    options: (publicKey) => ({ publicKey }),
    sign: (draft, key) => headers('webhook', draft, asymmetric(key, draft)),
    cannotSign: true,
    proofHeader: 'webhook-signature',
    neededHeaders: ['webhook-id', 'webhook-timestamp'],
  },
  svix: {
    ...common,
    definition: svix.definition,
    secrets: SECRETS,
    options: (secret) => ({ secret }),
    sign: (draft, secret) => headers('svix', draft, symmetric(SvixWebhook, secret, draft)),
    proofHeader: 'svix-signature',
    neededHeaders: ['svix-id', 'svix-timestamp'],
  },
}

describe.each(Object.entries(adapters))('%s', (_, adapter) => {
  testSource({ describe, it }, adapter)
})

describe('standardwebhooks', () => {
  const draft = { id: 'msg_1', sentAt: new Date(), body: Buffer.from('{"type":"a.b"}') }

  it('accepts the vector that the specification publishes', () => {
    const source = standardwebhooks.definition.create(
      { secret: [SECRETS[0]] },
      makeContext({ clock: () => 1614265330_000 }),
    )
    const delivery = makeDelivery({
      headers: {
        'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
        'webhook-timestamp': '1614265330',
        'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
      },
      body: '{"test": 2432232314}',
    })
    expect(source.verify(delivery)).toEqual({ ok: true })
  })

  it.each([
    ['v1', [symmetric(Webhook, SECRETS[0], draft)], true],
    ['v1a', [asymmetric(FIRST_KEY, draft)], true],
    ['both', [symmetric(Webhook, SECRETS[0], draft), asymmetric(FIRST_KEY, draft)], true],
    [
      'a foreign v1 beside a good v1a',
      [symmetric(Webhook, SECRETS[1], draft), asymmetric(FIRST_KEY, draft)],
      true,
    ],
    ['foreign ones', [symmetric(Webhook, SECRETS[1], draft), asymmetric(SECOND_KEY, draft)], false],
    [
      'a v1 signature called v1a',
      [symmetric(Webhook, SECRETS[0], draft).replace('v1,', 'v1a,')],
      false,
    ],
    ['a v1a signature called v1', [asymmetric(FIRST_KEY, draft).replace('v1a,', 'v1,')], false],
    ['another version', ['v2,AAAA'], false],
  ])('with a secret and a public key, judges %s', (_, signatures, ok) => {
    const options = { secret: [SECRETS[0]], publicKey: [FIRST_KEY] }
    const source = standardwebhooks.definition.create(options, makeContext())
    const sent = headers('webhook', draft, signatures.join(' '))
    expect(source.verify(makeDelivery({ headers: sent, body: draft.body }))).toMatchObject({ ok })
  })

  it('gives the id of the message to the event', async () => {
    const source = standardwebhooks.definition.create({ secret: [SECRETS[0]] }, makeContext())
    const sent = { 'content-type': 'application/json', 'webhook-id': 'msg_1' }
    const delivery = makeDelivery({ headers: sent, body: draft.body })
    expect(await source.parse(delivery)).toMatchObject([{ type: 'a.b', id: 'msg_1' }])
  })

  it.each([['whpk_short'], [`whpk_${'A'.repeat(44)}`], ['']])(
    'refuses the public key %j',
    (key) => {
      expect(standardwebhooks.definition.options.safeParse({ publicKey: key }).success).toBe(false)
    },
  )
})

describe('svix', () => {
  it('takes the type from where its senders put it', async () => {
    const source = svix.definition.create({ secret: [SECRETS[0]] }, makeContext())
    for (const name of ['type', 'eventType', 'event_type', 'event']) {
      const body = JSON.stringify({ [name]: 'user.created' })
      const sent = { 'content-type': 'application/json', 'svix-id': 'msg_2' }
      expect(await source.parse(makeDelivery({ headers: sent, body }))).toMatchObject([
        { type: 'user.created', id: 'msg_2' },
      ])
    }
  })
})
