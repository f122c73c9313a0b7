import { afterEach, expect, it, vi } from 'vitest'
import { CERTIFICATE, notification, signed, TOPIC } from '../../plugins/sources/sns/samples.ts'
import { diagnosed, keepDeliveries } from './setup.ts'

const HOUR = 3_600_000
afterEach(() => {
  vi.restoreAllMocks()
})

keepDeliveries()

it('says that a message of SNS was sent again too late', async () => {
  // The network of AWS, which has this certificate.
  vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response(CERTIFICATE))
  const publishedAt = new Date(Date.now() - 2 * HOUR)
  const body = JSON.stringify(signed({ ...notification, Timestamp: publishedAt.toISOString() }))
  const headers = { 'content-type': 'text/plain; charset=UTF-8' }
  const { record, diagnosis } = await diagnosed(
    { sources: { sns: ['sns', { topics: TOPIC }] } },
    'sns',
    { headers, body },
  )
  expect(record.reason).toMatch(/timestamp is 7\d\d\d s old, the limit is 3900 s/)
  expect(diagnosis.findings.map(({ code }) => code)).toContain('clock_differs')
})
