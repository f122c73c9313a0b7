import assert from 'node:assert/strict'
import { storableAuditEntry } from '../../sdk/store/audit-hash.ts'
import type { StoreCase } from './adapter.ts'
import { assertChain, makeAudit } from './make-entry.ts'

const MANY = 30

/** The audit log and its chain of hashes. */
export const auditCases: readonly StoreCase[] = [
  {
    title: 'returns an entry as it is kept, with its number and hash',
    async check({ store }) {
      const entry = makeAudit()
      const first = await store.audit(entry)
      const { sequence, hash, ...rest } = first
      assert.deepEqual(rest, entry)
      assert.equal(sequence, 1)
      assert.match(hash, /^[0-9a-f]{64}$/)
      const second = await store.audit({ ...entry, client: null, outcome: 'refused' })
      assert.deepEqual(await store.auditEntries({ limit: 10 }), [first, second])
      assertChain([first, second])
    },
  },
  {
    title: 'keeps concurrent entries in one chain without gaps',
    async check({ store, another }) {
      const stores = [store, (await another?.()) ?? store]
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, index) => {
          const one = stores[index % 2] ?? store
          const target = `${index}`
          const write = { collection: 'programs', name: target, value: '{}' }
          return index % 3 === 0
            ? one.writeDocuments([write], makeAudit({ target }))
            : one.audit(makeAudit({ target }))
        }),
      )
      const entries = await store.auditEntries({ limit: 100 })
      assert.equal(entries.length, MANY)
      assertChain(entries)
      for (const answer of answers) {
        if ('sequence' in answer) assert.deepEqual(answer, entries[answer.sequence - 1])
      }
    },
  },
  {
    title: 'skips no number when one of several concurrent calls fails',
    async check({ store }) {
      const broken = { collection: 'programs', name: 'a', value: '{}', expect: 99 }
      const [first, written, second] = await Promise.all([
        store.audit(makeAudit()),
        store.writeDocuments([broken], makeAudit()),
        store.audit(makeAudit()),
      ])
      assert.equal(written.ok, false)
      // Which of two calls that are under way together comes first is open.
      assert.deepEqual([first.sequence, second.sequence].toSorted(), [1, 2])
      assertChain(await store.auditEntries({ limit: 10 }))
    },
  },
  {
    title: 'continues the chain when it is opened again',
    async check({ store, reopen }) {
      await store.audit(makeAudit())
      const again = await reopen()
      await again.audit(makeAudit())
      const entries = await again.auditEntries({ limit: 10 })
      assert.equal(entries.length, 2)
      assertChain(entries)
    },
  },
  {
    title: 'reads pages in order, and the newest ones',
    async check({ store }) {
      for (let index = 0; index < 7; index++) await store.audit(makeAudit({ target: `${index}` }))
      const numbers = async (page: Parameters<typeof store.auditEntries>[0]) =>
        (await store.auditEntries(page)).map(({ sequence }) => sequence)
      assert.deepEqual(await numbers({ limit: 3 }), [1, 2, 3])
      assert.deepEqual(await numbers({ limit: 3, after: 3 }), [4, 5, 6])
      assert.deepEqual(await numbers({ limit: 3, after: 6 }), [7])
      assert.deepEqual(await numbers({ limit: 3, after: 7 }), [])
      assert.deepEqual(await numbers({ limit: 3, tail: true }), [5, 6, 7])
      assert.deepEqual(await numbers({ limit: 3, tail: true, after: 5 }), [6, 7])
      assert.deepEqual(await numbers({ limit: 100, tail: true }), [1, 2, 3, 4, 5, 6, 7])
    },
  },
  {
    title: 'keeps any text in a form whose hash can be computed again',
    async check({ store }) {
      const texts = [
        'a\0b',
        'half \ud800 of a pair',
        'ä 漢字 🚀 e\u0301 \u202e',
        "'; --",
        '',
        '\\u0000',
      ]
      for (const target of texts) {
        const entry = makeAudit({ target, actor: target, detail: JSON.stringify({ target }) })
        const { sequence: _, hash: __, ...kept } = await store.audit({ ...entry, at: 1.5 })
        assert.deepEqual(kept, storableAuditEntry({ ...entry, at: 1.5 }))
      }
      const entries = await store.auditEntries({ limit: 10 })
      assert.deepEqual(
        entries.map(({ target, at }) => [target, at]),
        texts.map((text) => [text.toWellFormed().replace('\0', '\uFFFD'), 1]),
      )
      assertChain(entries)
    },
  },
]
