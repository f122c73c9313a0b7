import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acceptTask, claim } from '../../../../core/testing/store-cases/make-entry.ts'
import { MIGRATIONS } from '../../../../plugins/stores/sqlite/database/migrations.ts'
import { createIn, makeFolder } from './create-sqlite.ts'

const PROGRAM = join(import.meta.dirname, '../../../fixtures/sqlite/accept-forever.ts')

let folder: string
let copy: string
beforeEach(async () => {
  folder = await makeFolder()
  copy = join(folder, 'copy', 'hookline.db')
  mkdirSync(join(folder, 'copy'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

function pragma(file: string, name: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true })
  const row = database.prepare(`PRAGMA ${name}`).get()
  database.close()
  return Object.values(row ?? {})[0]
}

describe('a backup of sqlite', () => {
  it('has all that was answered before it, while another process goes on accepting', async () => {
    const child = spawn(process.execPath, [PROGRAM, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const answered: string[] = []
    const lines = createInterface({ input: child.stdout })
    lines.on('line', (line) => answered.push(line.replace('accepted ', '')))
    try {
      while (answered.length < 500) await once(lines, 'line')
      const before = answered.slice(1)
      await createIn(folder).backup?.(copy)
      const during = answered.length
      while (answered.length < during + 50) await once(lines, 'line')
      expect(readdirSync(join(folder, 'copy'))).toEqual(['hookline.db'])
      expect(statSync(copy).mode & 0o777).toBe(0o600)
      expect(pragma(copy, 'integrity_check')).toBe('ok')
      const restored = createIn(join(folder, 'copy'))
      await restored.open()
      for (const id of before) expect(await restored.task(id)).toMatchObject({ state: 'waiting' })
      expect((await claim(restored, { limit: 5 })).length).toBe(5)
      const after = await acceptTask(restored)
      expect(await restored.task(after)).toMatchObject({ state: 'waiting' })
      await restored.close()
    } finally {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
  })

  it('can be taken by the process that has it open, and many at once', async () => {
    const store = createIn(folder)
    await store.open()
    const ids = await Promise.all(Array.from({ length: 50 }, () => acceptTask(store)))
    const files = [1, 2, 3].map((number) => join(folder, `copy-${number}.db`))
    await Promise.all(files.map((file) => store.backup?.(file)))
    for (const file of files) {
      const reader = new DatabaseSync(file, { readOnly: true })
      expect(reader.prepare('SELECT count(*) AS tasks FROM tasks').get()).toEqual({ tasks: 50 })
      reader.close()
    }
    // Still locked against other processes, and still in use.
    const other = spawn(process.execPath, [PROGRAM, folder, '1'])
    expect(await text(other.stdout)).toBe('not opened data_dir_in_use\n')
    expect(await store.task(ids[0] ?? '')).not.toBeNull()
    await store.close()
  })

  it('replaces nothing, also where two write to one file', async () => {
    const store = createIn(folder)
    await store.open()
    writeFileSync(copy, 'mine')
    await expect(store.backup?.(copy)).rejects.toMatchObject({
      code: 'store_backup_failed',
      message: expect.stringContaining('exists'),
    })
    expect(readFileSync(copy, 'utf8')).toBe('mine')
    const file = join(folder, 'copy', 'other.db')
    const ends = await Promise.allSettled([store.backup?.(file), store.backup?.(file)])
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(pragma(file, 'integrity_check')).toBe('ok')
    expect(readdirSync(join(folder, 'copy')).toSorted()).toEqual(['hookline.db', 'other.db'])
    await store.close()
  })

  it('makes no folder, which may be a disk that is not mounted, and says so', async () => {
    const store = createIn(folder)
    await store.open()
    await expect(store.backup?.(join(folder, 'away', 'hookline.db'))).rejects.toMatchObject({
      code: 'store_backup_failed',
      message: `There is no folder ${join(folder, 'away')}`,
      remedy: expect.stringContaining('mkdir -p'),
    })
    expect(existsSync(join(folder, 'away'))).toBe(false)
    await store.close()
  })

  it('neither migrates nor makes a database', async () => {
    await expect(createIn(folder).backup?.(copy)).rejects.toMatchObject({
      code: 'store_backup_failed',
    })
    const file = join(folder, 'hookline.db')
    expect(existsSync(file)).toBe(false)
    const old = new DatabaseSync(file)
    old.exec(`PRAGMA journal_mode = WAL; ${MIGRATIONS[0]}; PRAGMA user_version = 1`)
    old.close()
    const before = readFileSync(file)
    await createIn(folder).backup?.(copy)
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(pragma(copy, 'user_version')).toBe(1)
    expect(pragma(copy, 'auto_vacuum')).toBe(2)
    const restored = createIn(join(folder, 'copy'))
    await restored.open()
    await acceptTask(restored)
    await restored.close()
  })

  it('leaves nothing behind where it cannot be made', async () => {
    const file = join(folder, 'hookline.db')
    writeFileSync(file, 'no database '.repeat(1000))
    const failed = { code: 'store_backup_failed' }
    await expect(createIn(folder).backup?.(copy)).rejects.toMatchObject(failed)
    await rm(file)
    const store = createIn(folder)
    await store.open()
    await acceptTask(store)
    await expect(store.backup?.(join(folder, 'none', 'a.db'))).rejects.toMatchObject(failed)
    await store.close()
    const bytes = readFileSync(file)
    bytes.fill(0xff, 8_192, 40_000)
    writeFileSync(file, bytes)
    await expect(createIn(folder).backup?.(copy)).rejects.toMatchObject(failed)
    expect(readdirSync(join(folder, 'copy'))).toEqual([])
  })

  it('can be put back in the place of the file, with the service stopped', async () => {
    const store = createIn(folder)
    await store.open()
    const id = await acceptTask(store)
    await store.backup?.(copy)
    const later = await acceptTask(store)
    await store.close()
    copyFileSync(copy, join(folder, 'hookline.db'))
    await store.open()
    expect(await store.task(id)).toMatchObject({ state: 'waiting' })
    expect(await store.task(later)).toBeNull()
    await store.close()
  })
})
