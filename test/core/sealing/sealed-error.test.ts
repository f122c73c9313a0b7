import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { deathsOf } from '../../../core/projection/counts.ts'
import {
  acceptTask,
  claimOne,
  makeSettlement,
} from '../../../core/testing/store-cases/make-entry.ts'
import { makeSealedFolder, type SealedFolder } from './sealed-folder.ts'

let sealed: SealedFolder
beforeEach(async () => {
  sealed = await makeSealedFolder()
})
afterEach(() => sealed.remove())

/** Lets a task die, and projects that. Returns the groups of errors. */
async function die(store: StoreInstance, reason: string) {
  await acceptTask(store)
  const dead = makeSettlement({ state: 'dead', attempt: 'failed', exitCode: 1, reason })
  await store.settle((await claimOne(store)).lease, dead)
  const { version, notes, ends } = await store.unprojected(100)
  await store.project({ version, notes, deaths: deathsOf(ends) })
  return (await store.errors({ limit: 10 })).groups
}

describe('a group of errors', () => {
  it('has a reason that only the key opens, and an id that does not tell of it', async () => {
    const open = await sealed.open({ encryptPayloads: false })
    const [plain] = await die(open, 'no such customer: Miller')
    expect(plain?.reason).toBe('no such customer: Miller')
    await open.close()

    const store = await sealed.open()
    const [group, before] = await die(store, 'no such customer: Smith')
    expect([group?.reason, group?.count]).toEqual(['no such customer: Smith', 1])
    expect(before).toEqual(plain)
    const [again] = await die(store, 'no such customer: Smith')
    expect(again).toMatchObject({ id: group?.id, count: 2 })
    // The same fault has another id where it is not sealed.
    const [, same] = await die(store, 'no such customer: Miller')
    expect(same?.id).not.toBe(plain?.id)
    await store.close()
    const bytes = sealed.everyByte()
    expect(bytes.includes('Miller')).toBe(true)
    expect(bytes.includes('Smith')).toBe(false)
  })

  it('is still listed where its reason cannot be opened', async () => {
    const store = await sealed.open()
    await die(store, 'one')
    await store.close()
    sealed.tamper("UPDATE error_groups SET reason = 'hl1.x'")
    const again = await sealed.open()
    const [group] = (await again.errors({ limit: 10 })).groups
    expect(group?.reason).toMatch(/^sealed_value_broken: /)
  })
})
