import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HooklineError } from '../../../core/errors/errors.ts'
import { KeyKeeper } from '../../../core/sealing/key-keeper.ts'
import { KeyRing } from '../../../core/sealing/key-ring.ts'
import { makeAudit } from '../../../core/testing/store-cases/make-entry.ts'
import { createIn } from '../../plugins/stores/sqlite/create-sqlite.ts'
import { makeSealedFolder, type SealedFolder } from './sealed-folder.ts'

let sealed: SealedFolder
beforeEach(async () => {
  sealed = await makeSealedFolder()
})
afterEach(() => sealed.remove())

describe('a new key', () => {
  it('is not made where the audit log cannot be written', async () => {
    const first = await sealed.open()
    await first.writeDocuments([{ collection: 'a', name: 'b', value: '{}' }], null)
    await first.close()
    const inner = createIn(sealed.folder)
    await inner.open()
    let isFull = true
    const full: typeof inner = {
      ...inner,
      async writeDocuments(writes, audit) {
        if (isFull) throw new HooklineError('store_unavailable', 'the disk is full')
        return inner.writeDocuments(writes, audit)
      },
    }
    const keys = new KeyRing({ env: {}, dataDir: join(sealed.folder, 'data') })
    const keeper = new KeyKeeper(full, keys)
    const keyFile = join(sealed.folder, 'data/key')
    const before = readFileSync(keyFile, 'utf8')
    await expect(keeper.rotate(makeAudit())).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(readFileSync(keyFile, 'utf8')).toBe(before)
    isFull = false
    const { key } = await keeper.rotate(makeAudit())
    expect((await inner.auditEntries({ limit: 10 })).map(({ target }) => target)).toEqual(['', key])
    await inner.close()
  })
})
