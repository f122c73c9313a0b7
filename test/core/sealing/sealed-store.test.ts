import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { KeyRing } from '../../../core/sealing/key-ring.ts'
import { sealStore } from '../../../core/sealing/sealed-store.ts'
import {
  claimOne,
  makeDelivery,
  makeEntry,
  makeEvent,
  makeSettlement,
} from '../../../core/testing/store-cases/make-entry.ts'
import { contextIn } from '../../plugins/stores/sqlite/create-sqlite.ts'
import { newKey } from './create-sealed.ts'
import {
  expectDelivery,
  MARKER,
  makeSealedFolder,
  marked,
  runMarked,
  type SealedFolder,
} from './sealed-folder.ts'

let sealed: SealedFolder
beforeEach(async () => {
  sealed = await makeSealedFolder()
})
afterEach(() => sealed.remove())

describe('with payloads encrypted', () => {
  it('no byte of the database holds any of them, and all come back', async () => {
    const store = await sealed.open()
    const entry = marked()
    await store.accept(entry)
    await store.refuse({ ...marked().delivery, outcome: 'refused', reason: 'no' })
    const taskId = await runMarked(store)
    await store.writeDocuments(
      [{ collection: 'sources', name: 'github', value: `"${MARKER}"` }],
      null,
    )
    for (const encoding of ['utf8', 'base64', 'hex'] as const) {
      const form = Buffer.from(MARKER).toString(encoding).slice(0, 24)
      expect(sealed.everyByte().includes(form)).toBe(false)
    }
    await expectDelivery(store, entry.delivery)
    const [summary] = (await store.deliveries({ limit: 10, outcome: 'refused' })).items
    expect(summary).toMatchObject({ path: `/webhooks/github?q=${MARKER}` })
    expect(summary?.headers).toEqual({ 'x-name': MARKER })
    expect(summary?.bodyBytes).toBe(entry.delivery.body.byteLength)
    const [whole, part] = await store.events(entry.delivery.id)
    expect(whole).toMatchObject({
      facts: { branch: MARKER },
      payload: `{"branch":"${MARKER}"}`,
    })
    expect(part).toMatchObject({ facts: {}, payload: `"${MARKER}"` })
    const task = { reason: `it said ${MARKER}`, result: { said: MARKER } }
    expect(await store.task(taskId)).toMatchObject(task)
    expect((await store.tasks({ limit: 10 })).items.at(-1)).toMatchObject(task)
    expect(await store.attempts(taskId)).toMatchObject([{ reason: task.reason }])
    expect(await store.readLog(taskId, { limit: 10 })).toMatchObject([{ text: `${MARKER}\n` }])
    expect(await store.documents('sources')).toMatchObject([{ value: `"${MARKER}"` }])
  })

  it('what is searched and sorted by stays readable', async () => {
    const store = await sealed.open()
    await store.accept(makeEntry({ senderId: 'sender-1', policy: { policyKey: 'key-1' } }))
    const bytes = sealed.everyByte()
    for (const plain of ['sender-1', 'key-1', 'rule-deploy', 'condition', '/webhooks/github']) {
      expect(bytes.includes(plain), plain).toBe(plain !== 'condition')
    }
  })

  it('what is called at once, before the first key is on record, comes in the order of the calls', async () => {
    const order: string[] = []
    let waitMs = 60
    const inner: Partial<StoreInstance> = {
      // Each of several writes would be faster than the one before.
      async writeDocuments() {
        waitMs -= 20
        await new Promise((resolve) => setTimeout(resolve, waitMs + 20))
        return { ok: true, versions: [1] }
      },
      async refuse({ id }) {
        order.push(id)
      },
    }
    const keys = new KeyRing({ env: { HOOKLINE_KEY: newKey() }, dataDir: sealed.folder })
    const { logger } = contextIn(sealed.folder)
    const store = sealStore({
      store: inner as StoreInstance,
      keys,
      logger,
      encryptPayloads: () => true,
      clock: Date.now,
    })
    await Promise.all(['a', 'b', 'c'].map((id) => store.refuse(makeDelivery({ id }))))
    expect(order).toEqual(['a', 'b', 'c'])
  })

  it('a body of 25 MiB, of any bytes, comes back', async () => {
    const store = await sealed.open()
    const body = randomBytes(25 * 1024 * 1024)
    const delivery = makeDelivery({ body })
    await store.accept({ delivery, events: [] })
    expect(body.equals((await store.delivery(delivery.id))?.body ?? Buffer.alloc(0))).toBe(true)
    expect((await store.deliveries({ limit: 1 })).items[0]?.bodyBytes).toBe(body.byteLength)
  })

  it('what was stored before stays readable, and what comes after it was switched off', async () => {
    const entries = [marked(), marked(), marked()]
    for (const [index, encryptPayloads] of [false, true, false].entries()) {
      const store = await sealed.open({ encryptPayloads })
      await store.accept(entries[index] ?? marked())
      for (const { delivery } of entries.slice(0, index + 1)) {
        await expectDelivery(store, delivery)
        const [whole] = await store.events(delivery.id)
        expect(whole?.payload).toBe(`{"branch":"${MARKER}"}`)
      }
      await store.close()
    }
  })
})

describe('without it', () => {
  it('documents alone are sealed, and no key is made before the first', async () => {
    const store = await sealed.open({ encryptPayloads: false })
    const entry = marked()
    await store.accept(entry)
    expect(existsSync(join(sealed.folder, 'data/key'))).toBe(false)
    expect(sealed.everyByte().includes(MARKER)).toBe(true)
    await store.writeDocuments([{ collection: 'a', name: 'b', value: '"document-marker"' }], null)
    expect(sealed.everyByte().includes('document-marker')).toBe(false)
    expect(existsSync(join(sealed.folder, 'data/key'))).toBe(true)
  })

  it.each(['hl1.', 'hl1.plain.x', `hl1.0123456789ab.body.${'A'.repeat(38)}.${'A'.repeat(40)}`])(
    'values that look like sealed ones come back as they were: %s',
    async (text) => {
      const store = await sealed.open({ encryptPayloads: false })
      const entry = {
        delivery: makeDelivery({ body: Buffer.from(text), headers: { ':sealed': text, a: text } }),
        events: [
          makeEvent({ facts: { ':sealed': text } }),
          makeEvent({ payload: text, facts: { a: text }, programs: [] }),
        ],
      }
      await store.accept(entry)
      await expectDelivery(store, entry.delivery)
      const { items } = await store.deliveries({ limit: 1 })
      expect(items[0]?.bodyBytes).toBe(text.length)
      expect(items[0]?.headers).toEqual(entry.delivery.headers)
      const events = await store.events(entry.delivery.id)
      expect(events.map(({ facts, payload }) => ({ facts, payload }))).toEqual([
        { facts: { ':sealed': text }, payload: text },
        { facts: { a: text }, payload: text },
      ])
      const { lease, event } = await claimOne(store)
      expect(event.payload).toBe(text)
      const { taskId, fence } = lease
      await store.appendLog([{ taskId, attempt: fence, stream: 'stderr', at: 1, text }])
      await store.settle(lease, makeSettlement({ reason: text, result: JSON.stringify(text) }))
      expect(await store.task(taskId)).toMatchObject({ reason: text, result: text })
      expect((await store.readLog(taskId, { limit: 1 }))[0]?.text).toBe(text)
    },
  )
})
