import { adyen, twilio } from 'hookline/sources'
import { makeContext, makeDelivery } from 'hookline/testing'
import { describe, expect, it } from 'vitest'
import { hmacKeys, verifyHmac } from '../../core/index.ts'

describe('what a stranger sends costs little', () => {
  it('of a form with very many fields, twilio sorts none', async () => {
    const source = twilio.definition.create(
      twilio.definition.options.parse({ authToken: 'token-of-this-test' }),
      makeContext(),
    )
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': 'AAAA',
    }
    expect(await source.verify(makeDelivery({ headers, body: '&a'.repeat(20_000) }))).toEqual({
      ok: false,
      reason: 'the form has more than 10000 fields',
    })
  })

  it('of many items, adyen checks none after the first that is wrong', async () => {
    const source = adyen.definition.create({ hmacKey: ['ab'.repeat(32)] }, makeContext())
    let read = 0
    const item = {
      get additionalData() {
        read++
        return { hmacSignature: 'AAAA' }
      },
    }
    const notificationItems = Array.from({ length: 100 }, () => ({ NotificationRequestItem: item }))
    const delivery = { ...makeDelivery({ body: '{}' }), json: () => ({ notificationItems }) }
    expect(await source.verify(delivery)).toMatchObject({ ok: false })
    expect(read).toBe(1)
  })

  it('a signature of megabytes is none, and no fault', () => {
    const check = {
      algorithm: 'sha256',
      encoding: 'base64',
      keys: hmacKeys(['a']),
      content: ['b'],
      signatures: ['A'.repeat(32 * 1024 * 1024)],
    } as const
    expect(verifyHmac(check)).toBe(false)
  })
})
