import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeyKeeper } from '../../../core/sealing/key-keeper.ts'
import { KeyRing } from '../../../core/sealing/key-ring.ts'
import { sealStore } from '../../../core/sealing/sealed-store.ts'
import { makeAudit } from '../../../core/testing/store-cases/make-entry.ts'
import { contextIn, createIn } from '../../plugins/stores/sqlite/create-sqlite.ts'
import { makeSealedFolder, type SealedFolder } from './sealed-folder.ts'

const ROTATE = join(import.meta.dirname, '../../fixtures/sqlite/rotate-forever.ts')
/** HOOKLINE_TEST_KILLS sets more. */
const ROUNDS = Number(process.env['HOOKLINE_TEST_KILLS'] ?? 6)

let sealed: SealedFolder
beforeEach(async () => {
  sealed = await makeSealedFolder()
})
afterEach(() => sealed.remove())

const documents = Array.from({ length: 40 }, (_, index) => ({
  collection: index % 2 === 0 ? 'even' : 'odd',
  name: `name-${String(index).padStart(2, '0')}`,
  value: JSON.stringify({ secret: index }),
}))

describe('a new key', () => {
  it(`is never lost, nor what is sealed, in ${ROUNDS} kills`, { timeout: 240_000 }, async () => {
    const store = await sealed.open()
    await store.writeDocuments(documents, null)
    await store.close()
    for (let round = 0; round < ROUNDS; round++) {
      const child = spawn(process.execPath, [ROTATE, sealed.folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const exited = once(child, 'exit')
      await once(createInterface({ input: child.stdout }), 'line')
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60))
      child.kill('SIGKILL')
      await exited
      const again = await sealed.open()
      const found = [...(await again.documents('even')), ...(await again.documents('odd'))]
      expect(found.map(({ value }) => value).toSorted()).toEqual(
        documents.map(({ value }) => value).toSorted(),
      )
      await again.close()
    }
    const kept = readFileSync(join(sealed.folder, 'data/key'), 'utf8').trim().split('\n')
    expect(new Set(kept).size).toBe(kept.length)
    rmSync(join(sealed.folder, 'data/key.lock'), { force: true })
  })

  it('seals all documents in one write that undoes no other, with the audit entry', async () => {
    const inner = createIn(sealed.folder)
    const keys = new KeyRing({ env: {}, dataDir: join(sealed.folder, 'data') })
    const { logger } = contextIn(sealed.folder)
    const encryptPayloads = () => false
    const store = sealStore({ store: inner, keys, encryptPayloads, logger, clock: Date.now })
    await store.open()
    await store.writeDocuments(documents, null)
    let changes = 0
    // The first write is the audit entry alone. The next three fail, since another change came first.
    const busy: typeof inner = {
      ...inner,
      async writeDocuments(writes, audit) {
        if (changes++ > 0 && changes <= 4) {
          await store.writeDocuments(
            [{ collection: 'odd', name: `name-0${2 * changes - 3}`, value: '"changed"' }],
            null,
          )
        }
        return inner.writeDocuments(writes, audit)
      },
    }
    const keeper = new KeyKeeper(busy, keys)
    const { key, documents: count } = await keeper.rotate(makeAudit())
    expect(count).toBe(documents.length - 3)
    const values = (await store.documents('odd')).map(({ value }) => value)
    expect(values.filter((value) => value === '"changed"')).toHaveLength(3)
    const [now, before] = await keeper.list()
    expect(now).toMatchObject({ id: key, seals: true, documents: documents.length })
    expect(before).toMatchObject({ seals: false, documents: 0, payloads: false })
    expect((await store.auditEntries({ limit: 10 })).map(({ target }) => target)).toEqual(['', key])
    await store.close()
  })
})
