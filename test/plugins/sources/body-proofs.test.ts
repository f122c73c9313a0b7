import { createHmac } from 'node:crypto'
import { adyen, mailgun } from 'hookline/sources'
import { makeContext, makeDelivery, testSource } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import type { DeliveryDraft } from '../../../core/contracts/source.ts'
import { changed } from './changed-body.ts'

const json = { 'content-type': 'application/json' }

// By hand, from https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
function mailgunSignature(draft: DeliveryDraft, secret: string) {
  const timestamp = String(Math.floor(draft.sentAt.getTime() / 1000))
  const token = draft.id
  const signature = createHmac('sha256', secret).update(`${timestamp}${token}`).digest('hex')
  return { timestamp, token, signature }
}

describe('mailgun', () => {
  testSource(
    { describe, it },
    {
      definition: mailgun.definition,
      secrets: ['first-signing-key', 'second-signing-key'],
      options: (secret) => ({ secret }),
      embedProof: (draft, secret) =>
        changed(draft, (body) => ({ ...body, signature: mailgunSignature(draft, secret) })),
      sign: () => ({}),
      proofField: {
        name: 'signature.signature',
        covers: ['signature.timestamp', 'signature.token'],
      },
      coversBody: true,
      toleranceSeconds: 86_400,
      samples: [
        {
          event: 'failed',
          body: JSON.stringify({
            'event-data': {
              event: 'failed',
              id: 'G9Bn5sl1TC6nu79C8C0bwg',
              severity: 'permanent',
              recipient: 'alice@example.com',
              'delivery-status': { code: 605 },
              message: { headers: { 'message-id': '20130503192659@example.com' } },
            },
          }),
          type: 'failed',
          facts: { severity: 'permanent', code: 605, recipient: 'alice@example.com' },
        },
      ],
    },
  )

  it('takes the signature of the account over a subaccount', () => {
    const now = Date.parse('2026-01-15T12:00:00Z')
    const source = mailgun.definition.create(
      { secret: ['parent-key'] },
      makeContext({ clock: () => now }),
    )
    const draft = { event: 'x', id: 't', body: Buffer.of(), url: '', sentAt: new Date(now) }
    const parent = mailgunSignature(draft, 'parent-key').signature
    const verdictOf = (more: object) => {
      const signature = { ...mailgunSignature(draft, 'child-key'), ...more }
      return source.verify(makeDelivery({ body: JSON.stringify({ signature }) }))
    }
    expect(verdictOf({ 'parent-signature': parent })).toEqual({ ok: true })
    expect(verdictOf({})).toMatchObject({ ok: false })
  })

  it('makes the token the id, so that it cannot serve for another event', async () => {
    const source = mailgun.definition.create({ secret: ['k'] }, makeContext())
    const body = JSON.stringify({ signature: { token: 'T' }, 'event-data': { event: 'opened' } })
    const [event] = await source.parse(makeDelivery({ headers: json, body }))
    expect(event).toMatchObject({ id: 'T', type: 'opened' })
  })
})

const ADYEN_KEYS = [
  '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056',
  'D7DD5BA6146493707BF0BE7496F6404EC7A63616B7158EC927B9F54BB436765F',
] as const

const ITEM = {
  amount: { value: 1130, currency: 'EUR' },
  pspReference: '7914073381342284',
  eventCode: 'AUTHORISATION',
  merchantAccountCode: 'TestMerchant',
  merchantReference: 'TestPayment-1407325143704',
  paymentMethod: 'visa',
  success: 'true',
}
const ITEM_PATH = 'notificationItems.0.NotificationRequestItem'
const adyenBody = (...items: readonly object[]) =>
  JSON.stringify({
    live: 'false',
    notificationItems: items.map((item) => ({ NotificationRequestItem: item })),
  })

// By hand, from https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures
function adyenSealed(body: Record<string, unknown>, key: string) {
  const items = body['notificationItems'] as { NotificationRequestItem: typeof ITEM }[] | undefined
  if (items === undefined) return body
  const notificationItems = items.map(({ NotificationRequestItem: item }) => {
    const { pspReference, merchantAccountCode, merchantReference, amount, eventCode } = item
    const of = [pspReference, '', merchantAccountCode, merchantReference]
    const text = [...of, amount.value, amount.currency, eventCode, item.success].join(':')
    const mac = createHmac('sha256', Buffer.from(key, 'hex')).update(text).digest('base64')
    return { NotificationRequestItem: { ...item, additionalData: { hmacSignature: mac } } }
  })
  return { ...body, notificationItems }
}

describe('adyen', () => {
  testSource(
    { describe, it },
    {
      definition: adyen.definition,
      secrets: ADYEN_KEYS,
      options: (hmacKey) => ({ hmacKey }),
      embedProof: (draft, key) => changed(draft, (body) => adyenSealed(body, key)),
      sign: () => ({}),
      proofField: {
        name: `${ITEM_PATH}.additionalData.hmacSignature`,
        covers: ['pspReference', 'merchantReference', 'eventCode', 'success'].map(
          (name) => `${ITEM_PATH}.${name}`,
        ),
      },
      coversBody: true,
      samples: [
        {
          event: 'AUTHORISATION',
          body: adyenBody(ITEM),
          type: 'AUTHORISATION',
          facts: {
            success: true,
            amount: 1130,
            currency: 'EUR',
            psp_reference: '7914073381342284',
          },
        },
      ],
    },
  )

  const source = adyen.definition.create({ hmacKey: ADYEN_KEYS }, makeContext())
  const signed = (hmacSignature: string, more: object = {}) => ({
    ...ITEM,
    ...more,
    additionalData: { hmacSignature },
  })

  // The vectors of https://github.com/Adyen/adyen-php-api-library, tests/Unit/Util/HmacSignatureTest.php
  it.each([
    ['coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=', {}],
    [
      'J7HhsgZo5KwqdB7LFZJV6rfQgp+RqC2kuYyw/3x3w+8=',
      { eventCode: 'REFUND', amount: { value: 0, currency: 'EUR' } },
    ],
  ])('accepts the published signature %s', (signature, more) => {
    const body = adyenBody(signed(signature, more))
    expect(source.verify(makeDelivery({ body }))).toEqual({ ok: true })
  })

  it('accepts the published signature of a platform webhook', async () => {
    const body =
      '{"data":{"balancePlatform":"Integration_tools_test","accountId":"BA32272223222H5HVKTBK4MLB","sweep":{"id":"SWPC42272223222H5HVKV6H8C64DP5","schedule":{"type":"balance"},"status":"active","targetAmount":{"currency":"EUR","value":0},"triggerAmount":{"currency":"EUR","value":0},"type":"pull","counterparty":{"balanceAccountId":"BA3227C223222H5HVKT3H9WLC"},"currency":"EUR"}},"environment":"test","type":"balancePlatform.balanceAccountSweep.updated"}'
    const headers = { ...json, HmacSignature: '9Qz9S/0xpar1klkniKdshxpAhRKbiSAewPpWoxKefQA=' }
    expect(source.verify(makeDelivery({ headers, body }))).toEqual({ ok: true })
    expect(source.verify(makeDelivery({ headers, body: `${body} ` }))).toMatchObject({ ok: false })
    const [event] = await source.parse(makeDelivery({ headers, body }))
    expect(event).toMatchObject({
      type: 'balancePlatform.balanceAccountSweep.updated',
      facts: { platform: 'Integration_tools_test', environment: 'test' },
    })
  })

  it('refuses a batch with one bad item, an empty one, and one without a signature', () => {
    const good = signed('coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0=')
    for (const items of [[good, { ...good, success: 'false' }], [], [ITEM], [good, {}]]) {
      expect(source.verify(makeDelivery({ body: adyenBody(...items) }))).toMatchObject({
        ok: false,
      })
    }
  })

  it('tells a repeated item by code and reference, and an update by its success', async () => {
    const body = adyenBody(ITEM, { ...ITEM, success: 'false' })
    const events = await source.parse(makeDelivery({ headers: json, body }))
    expect(events.map(({ id }) => id)).toEqual([
      'AUTHORISATION:7914073381342284:true',
      'AUTHORISATION:7914073381342284:false',
    ])
    expect(events[1]?.facts['success']).toBe(false)
  })
})

describe('colons in an item of adyen', () => {
  const source = adyen.definition.create({ hmacKey: ADYEN_KEYS }, makeContext())
  const item = {
    pspReference: '7914073381342284',
    originalReference: '',
    merchantAccountCode: 'TestMerchant',
    merchantReference: '14-08-2020-09:53:00',
    amount: { value: 1130, currency: 'EUR' },
    eventCode: 'AUTHORISATION',
    success: 'true',
  }
  // As Adyen's library joins them, without escaping: https://github.com/Adyen/adyen-python-api-library/issues/117
  const text = '7914073381342284::TestMerchant:14-08-2020-09:53:00:1130:EUR:AUTHORISATION:true'
  const hmacSignature = createHmac('sha256', Buffer.from(ADYEN_KEYS[0], 'hex'))
    .update(text)
    .digest('base64')
  const verdictOf = (change: object) => {
    const signedItem = { ...item, ...change, additionalData: { hmacSignature } }
    const body = JSON.stringify({ notificationItems: [{ NotificationRequestItem: signedItem }] })
    return source.verify(makeDelivery({ body }))
  }

  it('takes colons in your own reference', () => {
    expect(verdictOf({})).toEqual({ ok: true })
  })

  it.each([
    [
      'merchantAccountCode',
      { merchantAccountCode: 'TestMerchant:14-08-2020-09', merchantReference: '53:00' },
    ],
    [
      'amount.value',
      { merchantReference: '14-08-2020-09:53', amount: { value: '00:1130', currency: 'EUR' } },
    ],
    [
      'pspReference',
      {
        pspReference: '7914073381342284:',
        originalReference: 'TestMerchant',
        merchantAccountCode: '14-08-2020-09',
        merchantReference: '53:00',
      },
    ],
    [
      'eventCode',
      {
        merchantReference: '14-08-2020-09',
        amount: { value: '53', currency: '00' },
        eventCode: '1130:EUR:AUTHORISATION',
      },
    ],
    ['merchantAccountCode', { merchantAccountCode: ['TestMerchant'] }],
  ])('refuses another reading of the item, by its %s', (field, change) => {
    expect(verdictOf(change)).toEqual({ ok: false, reason: expect.stringContaining(field) })
  })
})
