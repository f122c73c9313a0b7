import { describe, expect, it, vi } from 'vitest'
import { isCertificateUrl, isSnsUrl } from '../../../../plugins/sources/sns/amazon.ts'
import {
  CERTIFICATE_URL,
  create,
  deliver,
  fetchCertificate,
  NOW,
  notification,
  signed,
} from './samples.ts'

const HOST = 'https://sns.us-east-1.amazonaws.com'

function forged(number: number) {
  const name = number.toString(16).padStart(32, '0')
  const SigningCertURL = `${HOST}/SimpleNotificationService-${name}.pem`
  return deliver(signed({ ...notification, SigningCertURL }))
}

describe('addresses of SNS', () => {
  it.each([
    ['https://sns.us-gov-west-1.amazonaws.com', true],
    ['https://sns.cn-north-1.amazonaws.com.cn', true],
    // A bucket named `sns`, where its owner can put any certificate.
    ['https://sns.s3-us-west-2.amazonaws.com', false],
    ['https://sns.s3-website-us-west-2.amazonaws.com', false],
    ['https://sns.execute-api.amazonaws.com', false],
  ])('%s is one: %s', (host, ok) => {
    expect(isSnsUrl(`${host}/`)).toBe(ok)
    expect(isCertificateUrl(`${host}/SimpleNotificationService-${'0'.repeat(32)}.pem`)).toBe(ok)
  })
})

describe('certificates that strangers name', () => {
  it('do not displace a good one', async () => {
    const fetchText = vi.fn(async (url: string) => {
      if (url === CERTIFICATE_URL) return fetchCertificate()
      throw new Error('not found')
    })
    const source = create(fetchText, { clock: () => NOW })
    const good = deliver(signed(notification))
    expect(await source.verify(good)).toEqual({ ok: true })
    for (let number = 0; number < 100; number++) {
      expect(await source.verify(forged(number))).toMatchObject({ ok: false })
    }
    expect(await source.verify(good)).toEqual({ ok: true })
    expect(fetchText.mock.calls.filter(([url]) => url === CERTIFICATE_URL)).toHaveLength(1)
  })

  it('are fetched a few at a time, however many are named', async () => {
    const { promise, reject } = Promise.withResolvers<string>()
    const fetchText = vi.fn(() => promise)
    const source = create(fetchText, { clock: () => NOW })
    const verdicts = Array.from({ length: 50 }, (_, number) => source.verify(forged(number)))
    expect(fetchText.mock.calls.length).toBeLessThanOrEqual(16)
    reject(new Error('no network'))
    for (const verdict of await Promise.all(verdicts)) expect(verdict).toMatchObject({ ok: false })
  })
})
