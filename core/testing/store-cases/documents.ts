import assert from 'node:assert/strict'
import type { DocumentWrite } from '../../contracts/document.ts'
import type { StoreInstance } from '../../contracts/store.ts'
import type { StoreCase } from './adapter.ts'
import { makeAudit } from './make-entry.ts'

const COLLECTION = 'programs'
const WRITERS = 12

/** Documents: versions, expectations, all or nothing. */
export const documentCases: readonly StoreCase[] = [
  {
    title: 'keeps a document with its version and time, and lists a collection by name',
    async check({ store, now }) {
      assert.deepEqual(await store.documents(COLLECTION), [])
      assert.equal(await store.documentsVersion(), 0)
      const before = now()
      const written = await store.writeDocuments(
        [put('b', '{"text":"ä 🚀"}'), put('a', '[1, 2]'), put('a', '{}', 'other')],
        null,
      )
      const found = await store.documents(COLLECTION)
      assert(written.ok)
      assert.deepEqual(
        found.map(({ collection, name, value, version }) => [collection, name, value, version]),
        [
          [COLLECTION, 'a', '[1, 2]', written.versions[1]],
          [COLLECTION, 'b', '{"text":"ä 🚀"}', written.versions[0]],
        ],
      )
      for (const { changedAt } of found) {
        assert(changedAt >= Math.trunc(before) && changedAt <= now())
      }
    },
  },
  {
    title: 'names the collections that hold a document, in order',
    async check({ store }) {
      assert.deepEqual(await store.collections(), [])
      await store.writeDocuments([put('a', '1', 'z'), put('a', '1', 'b'), put('b', '1', 'b')], null)
      assert.deepEqual(await store.collections(), ['b', 'z'])
      await store.writeDocuments([{ collection: 'z', name: 'a', value: null }], null)
      assert.deepEqual(await store.collections(), ['b'])
      const named = async (name: string) =>
        (await store.documents('b', name)).map(({ name }) => name)
      assert.deepEqual(await named('b'), ['b'])
      assert.deepEqual(await named('z'), [])
    },
  },
  {
    title: 'writes only if the document has the expected version',
    async check({ store }) {
      const first = await versionOf(store, { ...put('a', '1'), expect: null })
      assert.deepEqual(await write(store, { ...put('a', '2'), expect: null }), CONFLICT)
      assert.deepEqual(await write(store, { ...put('a', '2'), expect: first + 1 }), CONFLICT)
      assert.deepEqual(await write(store, { ...put('b', '2'), expect: first }), CONFLICT)
      assert.deepEqual(await write(store, { ...remove('a'), expect: null }), CONFLICT)
      assert.deepEqual(await valuesIn(store), { a: '1' })
      const second = await versionOf(store, { ...put('a', '2'), expect: first })
      assert(second > first)
      assert.deepEqual(await write(store, { ...put('a', '3'), expect: first }), CONFLICT)
      await versionOf(store, put('a', '4'))
      assert.deepEqual(await valuesIn(store), { a: '4' })
    },
  },
  {
    title: 'never uses a version twice, not even after a deletion or when it is opened again',
    async check({ store, reopen }) {
      const first = await versionOf(store, put('a', '1'))
      assert.deepEqual(await write(store, { ...remove('a'), expect: first }), {
        ok: true,
        versions: [null],
      })
      const deleted = await store.documentsVersion()
      assert(deleted > first)
      const second = await versionOf(store, { ...put('a', '1'), expect: null })
      assert(second > deleted)
      await write(store, remove('a'))
      const newest = await store.documentsVersion()
      const again = await reopen()
      assert.equal(await again.documentsVersion(), newest)
      assert((await versionOf(again, put('a', '1'))) > newest)
    },
  },
  {
    title: 'changes nothing when a missing document is deleted',
    async check({ store }) {
      const deleted = { ok: true, versions: [null] }
      assert.deepEqual(await write(store, remove('a')), deleted)
      assert.deepEqual(await write(store, { ...remove('a'), expect: null }), deleted)
      assert.deepEqual(await write(store, { ...remove('a'), expect: 1 }), CONFLICT)
      assert.equal(await store.documentsVersion(), 0)
    },
  },
  {
    title: 'writes all or nothing, with the audit entry, and says which write did not fit',
    async check({ store }) {
      const version = await versionOf(store, put('a', '1'))
      const audited = await store.writeDocuments(
        [put('c', '1'), { ...put('a', '2'), expect: version }, { ...put('b', '1'), expect: 7 }],
        makeAudit(),
      )
      assert.deepEqual(audited, { ok: false, conflict: 2 })
      assert.deepEqual(await valuesIn(store), { a: '1' })
      assert.equal(await store.documentsVersion(), version)
      assert.deepEqual(await store.auditEntries({ limit: 10 }), [])
      const written = await store.writeDocuments([put('c', '1'), remove('a')], makeAudit())
      assert(written.ok)
      assert.deepEqual(await valuesIn(store), { c: '1' })
      assert.equal((await store.auditEntries({ limit: 10 })).length, 1)
    },
  },
  {
    title: 'carries out the writes of one call in order',
    async check({ store }) {
      const writes = [put('a', '1'), { ...remove('a') }, { ...put('a', '2'), expect: null }]
      const written = await store.writeDocuments(writes, null)
      assert(written.ok)
      const [first, second, third] = written.versions
      assert(first && third && second === null && third > first)
      assert.deepEqual(await valuesIn(store), { a: '2' })
    },
  },
  {
    title: 'lets exactly one of many writers that expect the same version win',
    async check({ store, another }) {
      const stores = [store, (await another?.()) ?? store]
      let expect: number | null = null
      for (const round of ['1', '2', '3']) {
        const answers = await Promise.all(
          Array.from({ length: WRITERS }, (_, index) => {
            const value = JSON.stringify([round, index])
            const one = stores[index % 2] ?? store
            return one.writeDocuments([{ ...put('a', value), expect }], makeAudit())
          }),
        )
        const winners = answers.filter(({ ok }) => ok)
        assert.equal(winners.length, 1)
        const winner = answers.findIndex(({ ok }) => ok)
        assert.deepEqual(await valuesIn(store), { a: JSON.stringify([round, winner]) })
        expect = (await store.documents(COLLECTION))[0]?.version ?? null
      }
      assert.equal((await store.auditEntries({ limit: 100 })).length, 3)
    },
  },
  {
    title: 'gives concurrent writers different versions',
    async check({ store, another }) {
      const stores = [store, (await another?.()) ?? store]
      const versions = await Promise.all(
        Array.from({ length: WRITERS }, (_, index) =>
          versionOf(stores[index % 2] ?? store, put(`${index}`, '1')),
        ),
      )
      assert.equal(new Set(versions).size, WRITERS)
      assert.equal(await store.documentsVersion(), Math.max(...versions))
    },
  },
]

const CONFLICT = { ok: false, conflict: 0 }

function put(name: string, value: string, collection = COLLECTION): DocumentWrite {
  return { collection, name, value }
}

function remove(name: string): DocumentWrite {
  return { collection: COLLECTION, name, value: null }
}

function write(store: StoreInstance, one: DocumentWrite) {
  return store.writeDocuments([one], null)
}

async function versionOf(store: StoreInstance, one: DocumentWrite): Promise<number> {
  const written = await write(store, one)
  assert(written.ok)
  const [version] = written.versions
  assert(typeof version === 'number')
  return version
}

async function valuesIn(store: StoreInstance): Promise<Record<string, string>> {
  const found = await store.documents(COLLECTION)
  return Object.fromEntries(found.map(({ name, value }) => [name, value]))
}
