import { rmSync } from 'node:fs'
import { duplexPair, Transform } from 'node:stream'
import { describe, expect, it, onTestFinished } from 'vitest'
import { NO_METER } from '../../../core/kit/no-meter.ts'
import { serveCalls } from '../../../core/node/receivers/main-calls.ts'
import { createMainClient } from '../../../core/node/receivers/main-client.ts'
import { MessageStream } from '../../../core/node/receivers/message-stream.ts'
import { makeEntry } from '../../../core/testing/store-cases/make-entry.ts'
import { createIn, makeFolder } from '../../plugins/stores/sqlite/create-sqlite.ts'

describe('messages between processes', () => {
  it.each([1, 3, 5, 70_000])('arrive whole in pieces of %i bytes', async (size) => {
    const body = new Uint8Array(size > 5 ? 200_000 : 300).fill(7)
    const messages = [{}, 'text', { body, large: 2n ** 70n }]
    const received: unknown[] = []
    const pieces = new Transform({
      transform(chunk: Buffer, _, done) {
        for (let start = 0; start < chunk.length; start += size) {
          this.push(chunk.subarray(start, start + size))
        }
        done()
      },
    })
    const stream = new MessageStream(pieces, (message) => received.push(message))
    for (const message of messages) stream.send(message)
    await expect.poll(() => received).toEqual(messages)
  })
})

describe('calls of a receiver', () => {
  it('reach the store together, and fail apart', async () => {
    const folder = await makeFolder()
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const store = createIn(folder)
    await store.open()
    const measured: unknown[][] = []
    const meter = {
      ...NO_METER,
      delivery: (...given: unknown[]) => measured.push(given),
      committed: (...given: unknown[]) => measured.push(given),
    }
    const [here, there] = duplexPair()
    const ownEvents = { deliveryRefused: async () => {} }
    serveCalls(there, { store, ownEvents, meter })
    const main = createMainClient(here)

    const entries = Array.from({ length: 20 }, () => makeEntry())
    const [first, second] = entries
    const uncopied = { ...makeEntry(), extra: () => {} }
    main.meter.delivery('test', 'accepted', '')
    main.meter.delivery('test', 'accepted', '')
    main.meter.committed('test', 0.5)
    const receipts = Promise.all(entries.map((entry) => main.store.accept(entry)))
    await expect(main.store.accept(uncopied)).rejects.toMatchObject({ code: 'internal' })
    expect((await receipts).map(({ duplicate }) => duplicate)).toEqual(Array(20).fill(false))
    const stored = await store.delivery(second?.delivery.id ?? '')
    expect(stored).toEqual({
      ...second?.delivery,
      body: new Uint8Array(second?.delivery.body ?? []),
    })
    await expect.poll(() => measured).toHaveLength(3)

    await store.close()
    await expect(main.store.accept(first ?? makeEntry())).rejects.toMatchObject({
      code: 'store_unavailable',
      remedy: expect.any(String),
    })
  })
})
