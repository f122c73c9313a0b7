import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { Projector } from '../../../core/projection/projector.ts'
import { searchable } from '../../../core/projection/searchable.ts'
import { TermHash } from '../../../core/projection/term-hash.ts'
import { KeyRing } from '../../../core/sealing/key-ring.ts'
import { sealStore } from '../../../core/sealing/sealed-store.ts'
import { TermKeys } from '../../../core/sealing/term-keys.ts'
import { contextIn, createIn, makeFolder } from '../../plugins/stores/sqlite/create-sqlite.ts'

const LIMIT_MS = 15_000

/** A store as a node has it, with a projector that is not started. */
export async function openProjected({ encryptPayloads = false, folder = '' } = {}) {
  const own = folder === '' ? await makeFolder() : folder
  const inner = createIn(own)
  const keys = new KeyRing({ env: {}, dataDir: join(own, 'data') })
  const { logger } = contextIn(own)
  const sealed = sealStore({
    store: inner,
    keys,
    encryptPayloads: () => encryptPayloads,
    logger,
    clock: Date.now,
  })
  const hash = new TermHash(new TermKeys(inner, keys))
  const store = searchable(sealed, hash)
  await store.open()
  const errors: unknown[] = []
  const hear = (fields: object) => void errors.push(fields)
  const listening = { ...logger, warn: hear, error: hear }
  const projector = new Projector({ store, hash, logger: listening, random: () => 0 })
  const close = async () => {
    await projector.stop()
    await store.close()
  }
  onTestFinished(async () => {
    await close()
    await rm(own, { recursive: true, force: true })
  })
  return { store, inner, keys, hash, logger: listening, projector, errors, folder: own, close }
}

/** Waits until nothing is left to be projected. */
export async function projected(store: StoreInstance): Promise<void> {
  const begun = performance.now()
  for (;;) {
    const { notes } = await store.unprojected(1)
    if (notes.deliveries.length + notes.ends.length === 0) return
    expect(performance.now() - begun).toBeLessThan(LIMIT_MS)
    await sleep(20)
  }
}
