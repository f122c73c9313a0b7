import { randomBytes } from 'node:crypto'
import { closeSync, openSync, statSync, writeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { acceptTask, makeEntry } from '../../../../core/testing/store-cases/make-entry.ts'
import { sqlite } from '../../../../plugins/stores/index.ts'
import { contextIn, createIn, makeFolder } from './create-sqlite.ts'

const PAGE_BYTES = 8_192
const DAMAGED = {
  code: 'store_damaged',
  message: expect.stringContaining('hookline.db is damaged'),
}

let folder: string
let logged: object[]
beforeEach(async () => {
  folder = await makeFolder()
  logged = []
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const file = () => join(folder, 'hookline.db')

function createLogged(): StoreInstance {
  const error = (fields: object, message: string) => logged.push({ ...fields, message })
  const logger = { ...contextIn(folder).logger, error }
  return sqlite.definition.create({ path: file() }, { ...contextIn(folder), logger })
}

/** Writes over pages of the file, from one on. The first one has the schema. */
function damage(from: number, pages = Number.MAX_SAFE_INTEGER): void {
  const all = Math.floor(statSync(file()).size / PAGE_BYTES)
  const count = Math.min(pages, all - from)
  const handle = openSync(file(), 'r+')
  writeSync(handle, randomBytes(count * PAGE_BYTES), 0, count * PAGE_BYTES, from * PAGE_BYTES)
  closeSync(handle)
}

async function fill(bodyBytes: number): Promise<void> {
  const store = createIn(folder)
  await store.open()
  const body = randomBytes(bodyBytes)
  const entries = Array.from({ length: 300 }, () => makeEntry({}, { body }))
  await Promise.all(entries.map((entry) => store.accept(entry)))
  await store.close()
}

describe('a damaged database of sqlite', () => {
  it.each([1, 3])('is refused when it is opened, from page %i', async (page) => {
    await fill(100)
    damage(page)
    await expect(createIn(folder).open()).rejects.toMatchObject(DAMAGED)
  })

  it('is found beside the work where the file is large, and then takes nothing', async () => {
    await fill(60_000)
    // Bodies of old deliveries are not read by any new one.
    damage(400, 200)
    const store = createLogged()
    await store.open()
    await expect
      .poll(() => store.ping().catch((error) => error), { timeout: 10_000 })
      .toMatchObject(DAMAGED)
    await expect(acceptTask(store)).rejects.toMatchObject(DAMAGED)
    await expect(store.tasks({ limit: 1 })).rejects.toMatchObject(DAMAGED)
    expect(logged).toMatchObject([
      { code: 'store_damaged', remedy: expect.stringContaining('operate.md') },
    ])
    await store.close()
  })

  it('takes nothing any more once a call has met the damage', async () => {
    await fill(60_000)
    const store = createLogged()
    await store.open()
    const size = statSync(file()).size
    damage(1, Math.floor(size / PAGE_BYTES))
    // What is in the cache can still be read.
    await expect
      .poll(() => store.deliveries({ limit: 200 }).catch((error) => error))
      .toMatchObject(DAMAGED)
    await expect(store.ping()).rejects.toMatchObject(DAMAGED)
    await expect(store.accept(makeEntry())).rejects.toMatchObject(DAMAGED)
    expect(logged).toHaveLength(1)
    await store.close()
  })
})

describe('a ping of sqlite', () => {
  it('leaves no delivery, event or task behind', async () => {
    const store = createIn(folder)
    await store.open()
    await Promise.all([store.ping(), acceptTask(store), store.ping()])
    expect((await store.deliveries({ limit: 9 })).items).toHaveLength(1)
    expect((await store.tasks({ limit: 9 })).items).toHaveLength(1)
    expect(await store.backlog()).toMatchObject([{ waiting: 1 }])
    await store.close()
  })
})
