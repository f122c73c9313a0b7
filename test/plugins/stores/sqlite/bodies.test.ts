import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { claimOne, makeEntry } from '../../../../core/testing/store-cases/make-entry.ts'
import { packBody, unpackBody } from '../../../../plugins/stores/sqlite/bodies/bodies.ts'
import { MIGRATIONS } from '../../../../plugins/stores/sqlite/database/migrations.ts'
import { createIn, makeFolder } from './create-sqlite.ts'

const JSON_BODY = Buffer.from(
  JSON.stringify(
    Array.from({ length: 200 }, (_, number) => ({ number, url: `https://example.com/${number}` })),
  ),
)
const LARGE = Buffer.concat(Array.from({ length: 40 }, () => JSON_BODY))
const SEALED = Buffer.from(randomBytes(9_000).toString('base64'))

let folder: string
let store: StoreInstance
beforeEach(async () => {
  folder = await makeFolder()
  store = createIn(folder)
  await store.open()
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

/** With the body as its payload. */
async function accept(body: Buffer): Promise<string> {
  return (await store.accept(makeEntry({}, { body }))).deliveryId
}

/** Runs a statement on the closed file. */
async function change(sql: string): Promise<void> {
  await store.close()
  const database = new DatabaseSync(join(folder, 'hookline.db'))
  database.exec(sql)
  database.close()
  await store.open()
}

async function storedBytes(): Promise<readonly (readonly [number, number | null])[]> {
  await store.close()
  const database = new DatabaseSync(join(folder, 'hookline.db'))
  const found = database
    .prepare('SELECT length(body) AS stored, unpacked_bytes AS bytes FROM deliveries ORDER BY id')
    .all()
  database.close()
  await store.open()
  return found.map(({ stored, bytes }) => [Number(stored), bytes === null ? null : Number(bytes)])
}

describe('a body in sqlite', () => {
  it('is stored compressed, and read as it came', async () => {
    const bodies = [JSON_BODY, LARGE, Buffer.from('{"small":1}'), JSON_BODY]
    const ids: string[] = []
    for (const body of bodies) ids.push(await accept(body))
    for (const [index, id] of ids.entries()) {
      const body = bodies[index]
      expect(Buffer.from((await store.delivery(id))?.body ?? [])).toEqual(body)
      expect((await store.events(id))[0]?.payload).toBe(body?.toString())
    }
    const { items } = await store.deliveries({ limit: 10 })
    expect(items.map(({ bodyBytes }) => bodyBytes).toReversed()).toEqual(
      bodies.map(({ length }) => length),
    )
    const stored = await storedBytes()
    expect(stored.map(([, bytes]) => bytes)).toEqual([
      JSON_BODY.length,
      LARGE.length,
      null,
      JSON_BODY.length,
    ])
    expect(stored[0]?.[0]).toBeLessThan(JSON_BODY.length / 3)
  })

  it('is what a claimed task gets', async () => {
    await store.accept(makeEntry({}, { body: JSON_BODY }))
    const claim = await claimOne(store)
    expect(claim.event.payload).toBe(JSON_BODY.toString())
  })

  it('is stored as it came where that would save little', async () => {
    const id = await accept(SEALED)
    expect(await storedBytes()).toEqual([[SEALED.length, null]])
    expect(Buffer.from((await store.delivery(id))?.body ?? [])).toEqual(SEALED)
  })

  it('is read as it is where an older version stored it', async () => {
    const id = await accept(SEALED)
    const before = MIGRATIONS.findIndex((steps) => steps.includes('unpacked_bytes'))
    await change(`
      UPDATE deliveries SET body = CAST('${JSON_BODY}' AS BLOB);
      ALTER TABLE deliveries DROP COLUMN unpacked_bytes;
      PRAGMA user_version = ${before}`)
    const later = await accept(JSON_BODY)
    for (const each of [id, later]) {
      expect(Buffer.from((await store.delivery(each))?.body ?? [])).toEqual(JSON_BODY)
    }
    const stored = await storedBytes()
    expect(stored.map(([, bytes]) => bytes)).toEqual([null, JSON_BODY.length])
  })

  it.each([
    'substr(body, 1, length(body) - 40)',
    "CAST(substr(body, 1, 300) || 'x' || substr(body, 302) AS BLOB)",
    'zeroblob(length(body))',
  ])('holds up nothing else if it is broken: %s', async (broken) => {
    await store.accept(makeEntry({}, { body: JSON_BODY }))
    const { items } = await store.tasks({ limit: 1 })
    const [task] = items
    const id = task?.deliveryId ?? ''
    await change(`UPDATE deliveries SET body = ${broken} WHERE id = '${id}'`)
    const fault = { code: 'body_broken', message: `The stored body of ${id} is broken.` }
    await expect(store.delivery(id)).rejects.toMatchObject(fault)
    await expect(store.events(id)).rejects.toMatchObject(fault)
    await store.accept(makeEntry({}, { body: LARGE }))
    const claim = await claimOne(store)
    expect(claim.event.payload).toBe(LARGE.toString())
    expect(await store.task(task?.id ?? '')).toMatchObject({
      state: 'dead',
      reason: `body_broken: The stored body of ${id} is broken.`,
    })
    expect(await store.attempts(task?.id ?? '')).toMatchObject([{ status: 'failed' }])
  })

  it('moves to another store as it came', async () => {
    await accept(JSON_BODY)
    await store.close()
    const source = await store.transfer?.().openSource()
    const rows = (await source?.read('deliveries', null)) ?? []
    await source?.close()
    expect(Buffer.from(rows[0]?.at(-1) as Uint8Array)).toEqual(JSON_BODY)
    const target = await createIn(join(folder, 'other')).transfer?.().openTarget('here')
    await target?.write('deliveries', rows)
    expect(await target?.read('deliveries', null)).toEqual(rows)
    await target?.close()
    await store.open()
  })

  it('is whole again after another one was broken', () => {
    const [frame] = packBody(JSON_BODY)
    for (const broken of [frame.subarray(0, 100), Buffer.from('no frame'), new Uint8Array(0)]) {
      expect(() => unpackBody(broken, JSON_BODY.length, 'dlv_1')).toThrow('dlv_1 is broken')
      expect(Buffer.from(unpackBody(frame, JSON_BODY.length, 'dlv_1'))).toEqual(JSON_BODY)
      expect(packBody(JSON_BODY)[0]).toEqual(frame)
    }
  })
})
