import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../../core/contracts/store.ts'
import { SILENT_LOGGER } from '../../../../core/kit/silent-logger.ts'
import { Projector } from '../../../../core/projection/projector.ts'
import { searchable } from '../../../../core/projection/searchable.ts'
import { TermHash } from '../../../../core/projection/term-hash.ts'
import { allPages } from '../../../../core/testing/store-cases/lists.ts'
import { limited } from '../../../../core/testing/store-cases/make-entry.ts'
import { createIn, makeFolder } from './create-sqlite.ts'

const PROGRAM = join(import.meta.dirname, '../../../fixtures/sqlite/accept-forever.ts')
const KILLS = 4
/** How many of those that were answered are looked for one by one. */
const SAMPLE = 60
/** Bodies of 64 KiB after which it is being written back. */
const WRITTEN_BACK = 500
/** 512-byte blocks: room for the schema and some deliveries. */
const FILE_LIMIT_BLOCKS = 3_200

let folder: string
beforeEach(async () => {
  folder = await makeFolder()
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe('sqlite, with processes of its own', { retry: 0 }, () => {
  it('has all that was answered after kill -9 at any moment', { timeout: 60_000 }, async () => {
    const answered = await acceptPastKills([folder])
    const store = createIn(folder)
    await store.open()
    try {
      for (const id of answered) expect(await store.task(id)).toMatchObject({ state: 'waiting' })
      const { waiting } = await store.countTasks()
      expect(waiting).toBeGreaterThanOrEqual(answered.length)
      expect((await store.claim(claimAll(waiting))).length).toBe(waiting)
    } finally {
      await store.close()
    }
  })

  it('has it also after kill -9 while the WAL is written back', { timeout: 60_000 }, async () => {
    const answered = await acceptPastKills([folder, 'Infinity', '65536'], WRITTEN_BACK)
    const file = join(folder, 'hookline.db')
    // Nothing has closed it, so whatever it has was written back before a kill.
    expect(statSync(file).size).toBeGreaterThan(8 * 2 ** 20)
    const store = createIn(folder)
    await store.open()
    try {
      for (const id of answered) expect(await store.task(id)).toMatchObject({ state: 'waiting' })
    } finally {
      await store.close()
    }
    const database = new DatabaseSync(file, { readOnly: true })
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
    database.close()
  })

  it('finds each once, after kill -9 while they are projected', { timeout: 60_000 }, async () => {
    const answered = await acceptPastKills([folder, 'Infinity', '200', 'projected'])
    const inner = createIn(folder)
    await inner.open()
    try {
      expect(await countProjected(inner)).toBeGreaterThan(0)
      const hash = new TermHash({ sealing: () => '', all: async () => [] })
      const store = searchable(inner, hash)
      await new Projector({ store, hash, logger: SILENT_LOGGER, random: () => 0 }).projectAll()
      const step = Math.ceil(answered.length / SAMPLE)
      for (const [index, line] of answered.entries()) {
        if (index % step > 0) continue
        const [id, nonce = ''] = line.split(' ')
        for (const filter of [{ facts: [`nonce=${nonce}`] }, { text: nonce }]) {
          const { items } = await store.tasks({ ...filter, limit: 2 })
          expect(items.map((item) => item.id)).toEqual([id])
        }
      }
      const found = await allPages((after) => store.tasks({ type: 'push', limit: 200, ...after }))
      const all = await allPages((after) => store.tasks({ limit: 200, ...after }))
      expect(found).toEqual(all)
      expect(await countProjected(inner)).toBe(all.length)
    } finally {
      await inner.close()
    }
  })

  it('refuses a file that another process has open, until that is killed', async () => {
    const child = start([folder])
    await once(child.stdout, 'data')
    try {
      const second = createIn(folder)
      await expect(second.open()).rejects.toMatchObject({ code: 'data_dir_in_use' })
      expect(await text(start([folder, '1']).stdout)).toBe('not opened data_dir_in_use\n')
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    const after = createIn(folder)
    await after.open()
    await after.close()
  })

  it.skipIf(process.platform === 'win32')(
    'rejects what a full disk does not take, and keeps nothing of it',
    async () => {
      const shell = 'ulimit -f "$0"; exec "$@"'
      const args = [process.execPath, PROGRAM, folder, '2000', '2000']
      const child = spawn('sh', ['-c', shell, String(FILE_LIMIT_BLOCKS), ...args])
      const output = await text(child.stdout)
      const accepted = idsIn(output, 'accepted')
      const rejected = idsIn(output, 'rejected store_unavailable')
      expect(accepted.length).toBeGreaterThan(0)
      expect(rejected.length).toBeGreaterThan(0)
      expect(accepted.length + rejected.length).toBe(2000)
      expect(output.trimEnd().split('\n').at(-1)).toBe('ping rejected store_unavailable')

      const store = createIn(folder)
      await store.open()
      try {
        expect((await store.countTasks()).waiting).toBe(accepted.length)
        for (const id of accepted) expect(await store.task(id)).not.toBeNull()
        for (const id of rejected) expect(await store.task(id)).toBeNull()
      } finally {
        await store.close()
      }
    },
  )
})

function start(args: readonly string[]): ChildProcess & { stdout: NodeJS.ReadableStream } {
  return spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** What was answered by processes that are killed, one after another. */
async function acceptPastKills(args: readonly string[], atLeast = 1): Promise<readonly string[]> {
  const answered: string[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const child = start(args)
    const output = text(child.stdout)
    for (let lines = 0; lines < atLeast; ) {
      const [chunk] = await once(child.stdout, 'data')
      lines += String(chunk).split('\n').length - 1
    }
    await sleep(50 + Math.random() * 250)
    child.kill('SIGKILL')
    answered.push(...idsIn(await output, 'accepted'))
  }
  expect(answered.length).toBeGreaterThan(KILLS)
  return answered
}

/** Tasks in the search index, each as often as it is there. */
async function countProjected(store: StoreInstance): Promise<number> {
  const segments = await store.smallSegments(1_000_000)
  return segments.reduce((sum, { kind, documents }) => sum + (kind === 'tasks' ? documents : 0), 0)
}

function idsIn(output: string, word: string): string[] {
  // A last line without its end was cut by the kill.
  return output
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith(`${word} `))
    .map((line) => line.slice(word.length + 1))
}

function claimAll(limit: number) {
  return { node: 'n', limit, leaseSeconds: 30, programs: [limited()] }
}
