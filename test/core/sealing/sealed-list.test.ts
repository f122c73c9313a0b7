import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeDelivery, makeEntry } from '../../../core/testing/store-cases/make-entry.ts'
import { makeSealedFolder, type SealedFolder } from './sealed-folder.ts'

let sealed: SealedFolder
beforeEach(async () => {
  sealed = await makeSealedFolder()
})
afterEach(() => sealed.remove())

describe('a list of deliveries', () => {
  it('is still given where one of them cannot be opened', async () => {
    const store = await sealed.open()
    const [whole, broken] = [makeEntry(), makeEntry({}, { path: '/webhooks/github?a=query' })]
    await store.accept(whole)
    await store.accept(broken)
    await store.refuse(makeDelivery({ outcome: 'refused', reason: 'why' }))
    await store.close()
    sealed.tamper(`UPDATE deliveries SET headers = '{":sealed":"hl1.x",":body-bytes":"17"}'
      WHERE id = '${broken.delivery.id}'`)
    const again = await sealed.open()
    const { items } = await again.deliveries({ limit: 10 })
    expect(items).toHaveLength(3)
    const { id, source } = broken.delivery
    // Without its query, which cannot be opened either.
    expect(items.find((one) => one.id === id)).toMatchObject({
      id,
      source,
      path: '/webhooks/github',
      headers: {},
      bodyBytes: 17,
    })
    await expect(again.delivery(id)).rejects.toMatchObject({ code: 'sealed_value_broken' })
  })
})
