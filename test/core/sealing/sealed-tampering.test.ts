import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { KeyRing } from '../../../core/sealing/key-ring.ts'
import { sealStore } from '../../../core/sealing/sealed-store.ts'
import {
  acceptTask,
  claim,
  claimOne,
  makeEntry,
} from '../../../core/testing/store-cases/make-entry.ts'
import { contextIn, createIn } from '../../plugins/stores/sqlite/create-sqlite.ts'
import { newKey } from './create-sealed.ts'
import { MARKER, makeSealedFolder, marked, runMarked, type SealedFolder } from './sealed-folder.ts'

let sealed: SealedFolder
beforeEach(async () => {
  sealed = await makeSealedFolder()
})
afterEach(() => sealed.remove())

describe('rows that were moved or changed', () => {
  it('bodies of two deliveries, swapped, are refused', async () => {
    const store = await sealed.open()
    const [one, other] = [makeEntry(), makeEntry()]
    await store.accept(one)
    await store.accept(other)
    await store.close()
    sealed.tamper(`CREATE TABLE kept AS SELECT * FROM deliveries;
      UPDATE deliveries SET body = (SELECT body FROM kept WHERE kept.id <> deliveries.id)`)
    const again = await sealed.open()
    await expect(again.delivery(one.delivery.id)).rejects.toMatchObject({
      code: 'sealed_value_broken',
    })
    await expect(again.events(other.delivery.id)).rejects.toMatchObject({
      code: 'sealed_value_broken',
    })
    // A task that can never run does not hold up the queue.
    expect(await claim(again)).toEqual([])
    const { items } = await again.tasks({ limit: 10 })
    expect(items.map(({ state }) => state)).toEqual(['dead', 'dead'])
    expect(items[0]?.reason).toMatch(/^sealed_value_broken: .*was moved here/)
    const third = await acceptTask(again)
    expect((await claimOne(again)).lease.taskId).toBe(third)
  })

  it('hold up no other task, even where their own cannot be settled', async () => {
    const store = await sealed.open()
    const broken = makeEntry()
    await store.accept(broken)
    const whole = await acceptTask(store)
    await store.close()
    sealed.tamper(`UPDATE events SET facts = '{":sealed":"hl1.x"}'
      WHERE delivery_id = '${broken.delivery.id}'`)
    const inner = createIn(sealed.folder)
    const settle = async () => {
      throw new Error('the store is away')
    }
    const keys = new KeyRing({ env: {}, dataDir: join(sealed.folder, 'data') })
    const again = sealStore({
      store: { ...inner, settle },
      keys,
      encryptPayloads: () => true,
      clock: Date.now,
      logger: contextIn(sealed.folder).logger,
    })
    await again.open()
    expect((await claim(again)).map(({ lease }) => lease.taskId)).toEqual([whole])
    await again.close()
  })

  it.each([
    [
      'facts',
      'UPDATE events SET facts = replace(facts, \'":sealed":"hl1.\', \'":sealed":"hl1.x\')',
    ],
    ['payload', 'UPDATE events SET payload = substr(payload, 1, 90) WHERE payload IS NOT NULL'],
    ['headers', "UPDATE deliveries SET headers = replace(headers, '.head.', '.body.')"],
    ['body', 'UPDATE deliveries SET body = CAST(substr(body, 1, length(body) - 1) AS BLOB)'],
  ])('%s that were changed are refused', async (_name, sql) => {
    const store = await sealed.open()
    const entry = marked()
    await store.accept(entry)
    await store.close()
    sealed.tamper(sql)
    const again = await sealed.open()
    const both = Promise.all([again.delivery(entry.delivery.id), again.events(entry.delivery.id)])
    await expect(both).rejects.toMatchObject({ code: 'sealed_value_broken' })
  })

  it('reasons, results and output of other tasks are not shown, all else is', async () => {
    const store = await sealed.open()
    await store.accept(marked())
    const one = await runMarked(store)
    const other = await runMarked(store)
    await store.close()
    sealed.tamper(`
      UPDATE tasks SET reason = (SELECT reason FROM tasks WHERE id = '${other}') WHERE id = '${one}';
      UPDATE log_chunks SET text = (SELECT text FROM log_chunks WHERE task_id = '${other}')
        WHERE task_id = '${one}'`)
    const again = await sealed.open()
    const task = await again.task(one)
    expect(task).toMatchObject({ state: 'succeeded', result: null })
    expect(task?.reason).toMatch(/^sealed_value_broken: /)
    expect((await again.readLog(one, { limit: 1 }))[0]?.text).toMatch(/^\[sealed_value_broken: /)
    expect((await again.task(other))?.reason).toBe(`it said ${MARKER}`)
    expect((await again.retry(one))?.state).toBe('waiting')
  })

  it.each([
    [
      'swapped',
      `CREATE TABLE kept AS SELECT * FROM documents;
        UPDATE documents SET value = (SELECT value FROM kept WHERE kept.name <> documents.name)`,
    ],
    ['cut', 'UPDATE documents SET value = substr(value, 1, length(value) - 1)'],
    ['replaced by plain ones', `UPDATE documents SET value = '{"role":"admin"}'`],
  ])('with documents that were %s the store does not open', async (_name, sql) => {
    const store = await sealed.open()
    const write = (name: string) => ({ collection: 'c', name, value: `"${name}"` })
    await store.writeDocuments([write('a'), write('b')], null)
    await store.close()
    sealed.tamper(sql)
    await expect(sealed.open()).rejects.toMatchObject({ code: 'sealed_value_broken' })
    // It was closed again: another process may open it.
    const plain = createIn(sealed.folder)
    await plain.open()
    await plain.close()
  })
})

describe('another key, or none', () => {
  const stored = () =>
    sealed.rows('SELECT collection, name, value, version FROM documents ORDER BY name')

  it.each([
    ['documents', false],
    ['payloads', true],
  ])(
    'the store with %s does not open, and nothing is overwritten',
    async (what, encryptPayloads) => {
      const store = await sealed.open({ encryptPayloads })
      if (what === 'documents') {
        await store.writeDocuments([{ collection: 'c', name: 'a', value: '1' }], null)
      } else await store.accept(makeEntry())
      await store.close()
      const before = stored()
      const keyFile = join(sealed.folder, 'data/key')
      renameSync(keyFile, join(sealed.folder, 'kept'))
      await expect(sealed.open({ encryptPayloads })).rejects.toMatchObject({ code: 'key_missing' })
      expect(existsSync(keyFile)).toBe(false)
      const wrong = newKey()
      writeFileSync(keyFile, wrong, { mode: 0o600 })
      await expect(sealed.open({ encryptPayloads })).rejects.toMatchObject({ code: 'key_missing' })
      expect(readFileSync(keyFile, 'utf8')).toBe(wrong)
      expect(stored()).toEqual(before)
      renameSync(join(sealed.folder, 'kept'), keyFile)
      const again = await sealed.open({ encryptPayloads, env: { HOOKLINE_KEY: wrong } })
      expect(await again.documents('c')).toHaveLength(what === 'documents' ? 1 : 0)
    },
  )

  it('nothing is stored while the key is gone, and the sender is not told why', async () => {
    const store = await sealed.open()
    await store.accept(makeEntry())
    const keyFile = join(sealed.folder, 'data/key')
    renameSync(keyFile, join(sealed.folder, 'kept'))
    // Key files are checked once a second.
    await expect
      .poll(() => store.accept(makeEntry()).then(String, String), { timeout: 5000 })
      .toBe('HooklineError: What is to be stored cannot be sealed')
    const failing = store.accept(makeEntry())
    await expect(failing).rejects.toMatchObject({ code: 'store_unavailable' })
    expect(existsSync(keyFile)).toBe(false)
    renameSync(join(sealed.folder, 'kept'), keyFile)
    await expect
      .poll(() => store.accept(makeEntry()).then(() => 'stored', String), { timeout: 5000 })
      .toBe('stored')
  })

  it('a task whose key this node lacks goes back, uncounted, and runs where the key is', async () => {
    const [key, other] = [newKey(), newKey()]
    let passed = 0
    const clock = () => Date.now() + passed
    const first = await sealed.open({ clock, env: { HOOKLINE_KEY: key } })
    await acceptTask(first)
    await first.close()
    sealed.tamper('DELETE FROM documents')
    const without = await sealed.open({ clock, env: { HOOKLINE_KEY: other } })
    expect(await claim(without)).toEqual([])
    const [task] = (await without.tasks({ limit: 1 })).items
    expect(task).toMatchObject({ state: 'waiting', attempts: 0 })
    await without.close()
    passed = 31_000
    const both = await sealed.open({ clock, env: { HOOKLINE_KEY: `${other},${key}` } })
    const claimed = await claimOne(both)
    expect(claimed.task.reason).toBe(null)
    expect(claimed.event.payload).toBe('{"branch":"main"}')
  })
})
