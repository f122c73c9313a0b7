import { generateKeyPairSync, sign as signBytes } from 'node:crypto'
import {
  calendly,
  discord,
  gitlab,
  grafana,
  hubspot,
  mailgun,
  paddle,
  revenuecat,
  sendgrid,
  slack,
  square,
  standardwebhooks,
  stripe,
  svix,
  trello,
  twitch,
  zendesk,
  zoom,
} from 'hookline/sources'
import { makeContext, makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../../core/contracts/delivery.ts'
import type { SourceInstance } from '../../../core/contracts/source.ts'
import { macOf } from './vendor-signer.ts'

const NOW = Date.parse('2026-01-15T12:00:00Z')
const SECRET = ['secret of the tests']
const WHSEC = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']
const context = makeContext({ clock: () => NOW })
const ID = 'f1c2b3a4-9d8e-4f70-8a6b-1c2d3e4f5a6b'
const SENT_URL = 'https://hooks.example.com/webhooks/x'

/** What a signed string is made of. */
interface Fields {
  readonly id: string
  readonly timestamp: string
  readonly url: string
  readonly body: string
}

interface Joined {
  readonly source: SourceInstance
  readonly body: string
  readonly timestamp: string
  /** Names of fields, and the text between them. */
  readonly order: readonly (keyof Fields | { readonly text: string })[]
  readonly headers?: Readonly<Record<string, string>>
}

const seconds = String(NOW / 1000)
const iso = new Date(NOW).toISOString()
const between = (text: string) => ({ text })
const DATED = ['timestamp', between('.'), 'body'] as const
const IDENTIFIED = ['id', between('.'), ...DATED] as const

const keys = generateKeyPairSync('ed25519')
const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const raw = (key: typeof keys.publicKey) => key.export({ format: 'der', type: 'spki' })
const DISCORD_BODY = '{"type":1,"event":{"type":"ENTITLEMENT_CREATE"},"at":"1768478401"}'
const SENDGRID_BODY = '[{"event":"open","at":"1768478401"}]'

const joined: Readonly<Record<string, Joined>> = {
  slack: {
    source: slack.definition.create({ secret: SECRET }, context),
    body: '{"type":"event_callback","event":{"type":"x"},"event_id":"1:2"}',
    timestamp: seconds,
    order: ['timestamp', between(':'), 'body'],
  },
  stripe: {
    source: stripe.definition.create({ secret: SECRET }, context),
    body: '{"type":"a.b","id":"evt.1"}',
    timestamp: seconds,
    order: DATED,
  },
  calendly: {
    source: calendly.definition.create({ secret: SECRET }, context),
    body: '{"event":"invitee.created"}',
    timestamp: seconds,
    order: DATED,
  },
  revenuecat: {
    source: revenuecat.definition.create({ secret: SECRET, authorization: undefined }, context),
    body: '{"event":{"type":"TEST","id":"1.2"}}',
    timestamp: seconds,
    order: DATED,
  },
  paddle: {
    source: paddle.definition.create({ secret: SECRET, toleranceSeconds: 300 }, context),
    body: '{"event_type":"a.b","event_id":"1:2"}',
    timestamp: seconds,
    order: ['timestamp', between(':'), 'body'],
  },
  grafana: {
    source: grafana.definition.create(
      {
        secret: SECRET,
        header: 'X-Grafana-Alerting-Signature',
        timestampHeader: 'X-Time',
        toleranceSeconds: 300,
      },
      context,
    ),
    body: '{"alerts":[{"status":"firing"}]}',
    timestamp: seconds,
    order: ['timestamp', between(':'), 'body'],
  },
  zoom: {
    source: zoom.definition.create({ secret: SECRET }, context),
    body: '{"event":"meeting.started","at":"1:2"}',
    timestamp: seconds,
    order: ['timestamp', between(':'), 'body'],
  },
  zendesk: {
    source: zendesk.definition.create({ secret: SECRET }, context),
    body: '{"type":"zen:event-type:user.deleted","id":"2026-01-15T12:00:00Z"}',
    timestamp: iso,
    order: ['timestamp', 'body'],
  },
  twitch: {
    source: twitch.definition.create({ secret: SECRET }, context),
    body: '{"subscription":{"status":"enabled","type":"stream.online"},"at":"2026-01-15T12:00:00Z{}"}',
    timestamp: iso,
    order: ['id', 'timestamp', 'body'],
  },
  hubspot: {
    source: hubspot.definition.create({ secret: SECRET }, context),
    body: '[{"subscriptionType":"contact.creation","eventId":1768478400000}]',
    timestamp: String(NOW),
    order: ['url', 'body', 'timestamp'],
  },
  square: {
    source: square.definition.create({ secret: SECRET }, context),
    body: '{"type":"payment.created","event_id":"1","of":{"type":"payment.created"}}',
    timestamp: '',
    order: ['url', 'body'],
  },
  trello: {
    source: trello.definition.create({ secret: SECRET }, context),
    body: `{"action":{"type":"createCard","id":"1"},"at":"${SENT_URL}"}`,
    timestamp: '',
    order: ['body', 'url'],
  },
  standardwebhooks: {
    source: standardwebhooks.definition.create({ secret: WHSEC, publicKey: undefined }, context),
    body: '{"type":"a.b"}',
    timestamp: seconds,
    order: IDENTIFIED,
  },
  svix: {
    source: svix.definition.create({ secret: WHSEC }, context),
    body: '{"type":"a.b"}',
    timestamp: seconds,
    order: IDENTIFIED,
  },
  gitlab: {
    source: gitlab.definition.create({ signingToken: WHSEC, token: undefined }, context),
    body: '{"ref":"refs/heads/v1.2"}',
    timestamp: seconds,
    order: IDENTIFIED,
    headers: { 'x-gitlab-event': 'Push Hook' },
  },
  discord: {
    source: discord.definition.create(
      { publicKey: [raw(keys.publicKey).subarray(-32).toString('hex')] },
      context,
    ),
    body: DISCORD_BODY,
    timestamp: seconds,
    order: ['timestamp', 'body'],
    headers: {
      'x-signature-ed25519': signBytes(
        null,
        Buffer.from(seconds + DISCORD_BODY),
        keys.privateKey,
      ).toString('hex'),
      'x-signature-timestamp': seconds,
    },
  },
  sendgrid: {
    source: sendgrid.definition.create(
      { publicKey: [raw(curve.publicKey).toString('base64')], toleranceSeconds: 300 },
      context,
    ),
    body: SENDGRID_BODY,
    timestamp: seconds,
    order: ['timestamp', 'body'],
    headers: {
      'x-twilio-email-event-webhook-signature': signBytes(
        'sha256',
        Buffer.from(seconds + SENDGRID_BODY),
        curve.privateKey,
      ).toString('base64'),
      'x-twilio-email-event-webhook-timestamp': seconds,
    },
  },
}

/** Every other way to read the same signed string. */
function readings({ body, timestamp, order }: Joined): readonly Fields[] {
  const sent: Fields = { id: ID, timestamp, url: SENT_URL, body }
  const names = order.filter((part) => typeof part === 'string')
  return names.slice(1).flatMap((right, index) => {
    const left = names[index] ?? right
    const between = order[order.indexOf(left) + 1]
    const separator = typeof between === 'object' ? between.text : ''
    const text = sent[left] + separator + sent[right]
    return Array.from({ length: text.length + 1 }, (_, at) => at)
      .filter((at) => at !== sent[left].length && text.startsWith(separator, at))
      .map((at) => ({
        ...sent,
        [left]: text.slice(0, at),
        [right]: text.slice(at + separator.length),
      }))
  })
}

async function isTaken(source: SourceInstance, delivery: Delivery): Promise<boolean> {
  const verdict = await source.verify(delivery)
  if (!verdict.ok) return false
  try {
    return (await source.parse(delivery)).length > 0
  } catch {
    return false
  }
}

describe('a signed string that joins fields', () => {
  it.each(Object.entries(joined))('fits one delivery of %s only', async (_, entry) => {
    const { source, body, timestamp, headers: sentHeaders = {} } = entry
    const draft = {
      event: 'stream.online',
      id: ID,
      body: Buffer.from(body),
      url: SENT_URL,
      sentAt: new Date(NOW),
    }
    const original = { ...source.sign?.(draft), ...sentHeaders }
    const deliveryOf = (fields: Fields) => {
      const headers = Object.fromEntries(
        Object.entries(original).map(([name, value]) => [
          name,
          value.replace(ID, () => fields.id).replace(timestamp, () => fields.timestamp),
        ]),
      )
      const url = URL.canParse(fields.url) ? fields.url : 'https://other.example'
      return makeDelivery({
        url,
        headers: { 'content-type': 'application/json', ...headers },
        body: fields.body,
      })
    }
    expect(await isTaken(source, deliveryOf({ id: ID, timestamp, url: SENT_URL, body }))).toBe(true)
    const others = readings(entry)
    expect(others.length).toBeGreaterThan(0)
    for (const fields of others) {
      expect(await isTaken(source, deliveryOf(fields)), JSON.stringify(fields)).toBe(false)
    }
  })

  it('fits one delivery of mailgun only', async () => {
    const source = mailgun.definition.create({ secret: SECRET }, context)
    const token = '123e4567e89b12d3a456426614174000'
    const signature = macOf('sha256', SECRET[0] ?? '', 'hex')(seconds + token)
    const text = seconds + token
    for (let at = 0; at <= text.length; at++) {
      const proof = { timestamp: text.slice(0, at), token: text.slice(at), signature }
      const body = JSON.stringify({ signature: proof, 'event-data': { event: 'opened' } })
      const delivery = makeDelivery({ headers: { 'content-type': 'application/json' }, body })
      expect(await isTaken(source, delivery)).toBe(at === seconds.length)
    }
  })
})
