import assert from 'node:assert/strict'
import type { LogEntry } from '../../contracts/store.ts'
import type { StoreCase } from './adapter.ts'
import { acceptTask } from './make-entry.ts'

/** Output of programs. */
export const logCases: readonly StoreCase[] = [
  {
    title: 'numbers the chunks of each task from 1, without gaps',
    async check({ store }) {
      const [one, other] = [await acceptTask(store), await acceptTask(store)]
      await store.appendLog([makeChunk(one, 'a'), makeChunk(other, 'x'), makeChunk(one, 'b')])
      await store.appendLog([])
      await store.appendLog([makeChunk(one, 'c', { stream: 'stderr', attempt: 2, at: 1234 })])
      assert.deepEqual(await store.readLog(one, { limit: 100 }), [
        { sequence: 1, attempt: 1, stream: 'stdout', at: 1000, text: 'a' },
        { sequence: 2, attempt: 1, stream: 'stdout', at: 1000, text: 'b' },
        { sequence: 3, attempt: 2, stream: 'stderr', at: 1234, text: 'c' },
      ])
      assert.deepEqual(await textsOf(store.readLog(other, { limit: 100 })), ['x'])
      assert.deepEqual(await store.readLog('tsk_none', { limit: 100 }), [])
    },
  },
  {
    title: 'numbers concurrent appends without gaps, in the order of the calls',
    async check({ store }) {
      const id = await acceptTask(store)
      const texts = Array.from({ length: 30 }, (_, index) => `line ${index}`)
      await Promise.all(texts.map((text) => store.appendLog([makeChunk(id, text)])))
      const chunks = await store.readLog(id, { limit: 100 })
      assert.deepEqual(
        chunks.map(({ sequence }) => sequence),
        texts.map((_, index) => index + 1),
      )
      assert.deepEqual(
        chunks.map(({ text }) => text),
        texts,
      )
    },
  },
  {
    title: 'reads pages from a position, and the tail',
    async check({ store }) {
      const id = await acceptTask(store)
      await store.appendLog(['a', 'b', 'c', 'd', 'e'].map((text) => makeChunk(id, text)))
      assert.deepEqual(await textsOf(store.readLog(id, { limit: 2 })), ['a', 'b'])
      assert.deepEqual(await textsOf(store.readLog(id, { after: 2, limit: 2 })), ['c', 'd'])
      assert.deepEqual(await textsOf(store.readLog(id, { after: 5, limit: 2 })), [])
      assert.deepEqual(await textsOf(store.readLog(id, { limit: 2, tail: true })), ['d', 'e'])
      assert.deepEqual(await textsOf(store.readLog(id, { after: 4, limit: 3, tail: true })), ['e'])
    },
  },
  {
    title: 'keeps any text',
    async check({ store, reopen }) {
      const id = await acceptTask(store)
      const texts = ['ä 漢字 🚀\r\n', 'before\0after', '\u001b[31mred', 'x'.repeat(200_000)]
      await store.appendLog(texts.map((text) => makeChunk(id, text)))
      const again = await reopen()
      assert.deepEqual(await textsOf(again.readLog(id, { limit: 10 })), texts)
    },
  },
]

function makeChunk(taskId: string, text: string, fields: Partial<LogEntry> = {}): LogEntry {
  return { taskId, attempt: 1, stream: 'stdout', at: 1000, text, ...fields }
}

async function textsOf(chunks: Promise<readonly { readonly text: string }[]>): Promise<string[]> {
  return (await chunks).map(({ text }) => text)
}
