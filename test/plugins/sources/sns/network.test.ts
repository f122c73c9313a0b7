import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fetchText } from '../../../../core/sdk/signing/fetch-text.ts'
import {
  CERTIFICATE,
  CERTIFICATE_URL,
  confirmation,
  create,
  deliver,
  fetchCertificate,
  NOW,
  notification,
  OTHER_TOPIC,
  SUBSCRIBE_URL,
  signed,
} from './samples.ts'

describe('sns and its network', () => {
  it('fetches a certificate once, and again the next day', async () => {
    let now = NOW
    const fetchText = vi.fn(fetchCertificate)
    const source = create(fetchText, { clock: () => now })
    const delivery = deliver(signed(notification))
    const verdicts = await Promise.all([source.verify(delivery), source.verify(delivery)])
    expect(verdicts).toEqual([{ ok: true }, { ok: true }])
    expect(fetchText).toHaveBeenCalledExactlyOnceWith(CERTIFICATE_URL)
    now += 25 * 60 * 60 * 1000
    await source.verify(delivery)
    expect(fetchText).toHaveBeenCalledTimes(2)
  })

  it('waits before it asks for a missing certificate again', async () => {
    let now = NOW
    let isThere = false
    const fetchText = vi.fn(async () => {
      if (isThere) return CERTIFICATE
      throw new Error('not found')
    })
    const source = create(fetchText, { clock: () => now })
    const delivery = deliver(signed(notification))
    for (let count = 0; count < 3; count++) {
      expect(await source.verify(delivery)).toMatchObject({ ok: false })
    }
    expect(fetchText).toHaveBeenCalledTimes(1)
    isThere = true
    now += 61_000
    expect(await source.verify(delivery)).toEqual({ ok: true })
  })

  it.each([
    ['before it is valid', '2024-12-31T23:59:59Z'],
    ['after it was valid', '2100-01-01T00:00:01Z'],
  ])('does not take a certificate %s', async (_, time) => {
    const source = create(fetchCertificate, { clock: () => Date.parse(time) })
    expect(await source.verify(deliver(signed(notification)))).toMatchObject({ ok: false })
  })

  it('fetches nothing for a topic that is not its own', async () => {
    const fetchText = vi.fn(fetchCertificate)
    expect(
      await create(fetchText).verify(deliver(signed(notification, OTHER_TOPIC))),
    ).toMatchObject({
      ok: false,
    })
    expect(fetchText).not.toHaveBeenCalled()
  })

  it('confirms a subscription by calling SNS, and asks for another try where it cannot', async () => {
    const fetchText = vi.fn(async (_url: string) => '')
    const delivery = deliver(signed(confirmation))
    expect(await create(fetchText).acknowledge?.(delivery)).toBeUndefined()
    expect(fetchText).toHaveBeenCalledExactlyOnceWith(SUBSCRIBE_URL)
    const failing = create(() => Promise.reject(new Error('no network')))
    expect(await failing.acknowledge?.(delivery)).toEqual({ status: 503 })
  })

  it.each([
    ['a notification', notification, true],
    ['the end of a subscription', { ...confirmation, Type: 'UnsubscribeConfirmation' }, true],
    ['a confirmation, where it shall not', confirmation, false],
    ['an address that is not of SNS', { ...confirmation, SubscribeURL: 'http://127.0.0.1/' }, true],
  ])('calls nothing for %s', async (_, message, confirm) => {
    const fetchText = vi.fn(async () => '')
    await create(fetchText, { confirm }).acknowledge?.(deliver(signed(message)))
    expect(fetchText).not.toHaveBeenCalled()
  })

  it('takes the message for the payload, where asked to', async () => {
    const source = create(fetchCertificate, { unwrap: true })
    expect(await source.parse(deliver(signed(notification)))).toMatchObject([
      { payload: { state: 'failed' }, id: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324' },
    ])
    expect(() => source.parse(deliver(signed({ ...notification, Message: 'no JSON' })))).toThrow(
      expect.objectContaining({ code: 'delivery_unparsable' }),
    )
  })
})

describe('fetchText', () => {
  let server: Server
  let base = ''

  beforeAll(async () => {
    server = createServer(({ url }, response) => {
      if (url === '/large') response.end('x'.repeat(300_000))
      else if (url === '/moved') response.writeHead(302, { location: '/good' }).end()
      else response.writeHead(url === '/good' ? 200 : 404).end('a text')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  it('gets a text', async () => {
    expect(await fetchText(`${base}/good`)).toBe('a text')
  })

  it.each(['/large', '/moved', '/missing'])('does not take %s', async (path) => {
    await expect(fetchText(base + path)).rejects.toThrow(Error)
  })
})
