import { alertmanager, grafana, pagerduty } from 'hookline/sources'
import { makeContext, makeDelivery, type SourceAdapter, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { macOf, secondsOf } from '../vendor-signer.ts'
import { ALERT_SAMPLES, FIRING, NOTIFICATION, PAGERDUTY_SAMPLES, RESOLVED } from './samples.ts'

const secrets = ['a first secret', 'zweites Geheimnis äöü'] as const
const shared = {
  secrets,
  options: (secret: readonly string[]) => ({ secret }),
  coversBody: true,
} as const
const latin1 = (text: string) => Buffer.from(text).toString('latin1')

// PagerDuty and Grafana publish no signer: each is a line from its document. Alertmanager signs nothing.
const adapters: Readonly<Record<string, SourceAdapter>> = {
  pagerduty: {
    ...shared,
    definition: pagerduty.definition,
    sign: ({ body }, secret) => ({
      'X-PagerDuty-Signature': `v1=${macOf('sha256', secret, 'hex')(body)}`,
    }),
    proofHeader: 'X-PagerDuty-Signature',
    samples: PAGERDUTY_SAMPLES,
  },
  grafana: {
    ...shared,
    definition: grafana.definition,
    sign: ({ body }, secret) => ({
      'X-Grafana-Alerting-Signature': macOf('sha256', secret, 'hex')(body),
    }),
    proofHeader: 'X-Grafana-Alerting-Signature',
    samples: ALERT_SAMPLES,
  },
  'grafana with a timestamp': {
    ...shared,
    definition: grafana.definition,
    options: (secret) => ({
      secret,
      header: 'X-Signed',
      timestampHeader: 'X-Signed-At',
      toleranceSeconds: 120,
    }),
    sign: ({ body, sentAt }, secret) => ({
      'X-Signed-At': String(secondsOf(sentAt)),
      'X-Signed': macOf('sha256', secret, 'hex')(`${secondsOf(sentAt)}:`, body),
    }),
    proofHeader: 'X-Signed',
    neededHeaders: ['X-Signed-At'],
    toleranceSeconds: 120,
    samples: ALERT_SAMPLES,
  },
  'alertmanager with a bearer token': {
    definition: alertmanager.definition,
    secrets,
    options: (bearer) => ({ bearer }),
    sign: (_, secret) => ({ Authorization: `Bearer ${latin1(secret)}` }),
    proofHeader: 'Authorization',
    coversBody: false,
    samples: ALERT_SAMPLES,
  },
  'alertmanager with a password': {
    definition: alertmanager.definition,
    secrets,
    options: (password) => ({ basic: { username: 'prometheus', password } }),
    sign: (_, secret) => ({
      Authorization: `Basic ${Buffer.from(`prometheus:${secret}`).toString('base64')}`,
    }),
    proofHeader: 'Authorization',
    coversBody: false,
    samples: ALERT_SAMPLES,
  },
}

for (const [name, adapter] of Object.entries(adapters)) {
  describe(name, () => testSource({ describe, it }, adapter))
}

describe('pagerduty', () => {
  it('takes one good signature of several', () => {
    const source = pagerduty.definition.create({ secret: ['s'] }, makeContext())
    const good = macOf('sha256', 's', 'hex')('{}')
    const headers = { 'X-PagerDuty-Signature': `v1=${'0'.repeat(64)},v1=${good}` }
    expect(source.verify(makeDelivery({ headers, body: '{}' }))).toEqual({ ok: true })
  })
})

describe('alerts', () => {
  const source = alertmanager.definition.create({ bearer: ['t'] }, makeContext())
  const parse = (payload: unknown) =>
    source.parse(
      makeDelivery({
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(payload),
      }),
    )

  it('become one event each, with an id that only a change changes', async () => {
    const events = await parse(NOTIFICATION)
    expect(events.map(({ type, id }) => ({ type, id }))).toEqual([
      { type: 'firing', id: 'c6eadffa33fcdf37:2026-01-15T11:58:00.000Z:firing' },
      { type: 'resolved', id: '7e0f9a3b1c2d4e5f:2026-01-15T11:58:00.000Z:resolved' },
    ])
    expect(events.map(({ payload }) => payload)).toEqual([FIRING, RESOLVED])
    const again = await parse({ ...NOTIFICATION, truncatedAlerts: 1, alerts: [FIRING] })
    expect(again[0]?.id).toBe(events[0]?.id)
  })

  it('have no id where they have no fingerprint', async () => {
    const { fingerprint: _, ...alert } = FIRING
    expect(await parse({ alerts: [alert] })).toMatchObject([{ id: null }])
    expect(await parse({ alerts: [] })).toEqual([])
  })

  it.each([{}, { alerts: {} }, { alerts: [1] }, { alerts: [{}] }])('cannot be %j', (payload) => {
    expect(() => parse(payload)).toThrow(expect.objectContaining({ code: 'delivery_unparsable' }))
  })

  it('take a token or a password, not both', () => {
    const { options } = alertmanager.definition
    const basic = { username: 'u', password: 'p' }
    expect(options.safeParse({ bearer: 'b', basic }).success).toBe(false)
    expect(options.safeParse({ basic: { ...basic, username: 'a:b' } }).success).toBe(false)
    expect(options.safeParse({ basic }).success).toBe(true)
  })

  it("have Grafana's own facts", async () => {
    const own = grafana.definition.create(
      grafana.definition.options.parse({ secret: 's' }),
      makeContext(),
    )
    const [event] = await own.parse(
      makeDelivery({
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(NOTIFICATION),
      }),
    )
    expect(event?.facts).toMatchObject({ folder: 'Harbor', org_id: 1, panel_url: null })
  })
})
