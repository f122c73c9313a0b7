import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ChainReport, checkChain } from '../../../core/cli/audit/chain.ts'
import type { AuditEntry } from '../../../core/contracts/document.ts'
import { auditHash } from '../../../core/sdk/store/audit-hash.ts'
import { cli } from '../../core/cli/cli-process.ts'
import { createIn } from '../../plugins/stores/sqlite/create-sqlite.ts'
import { ADMIN_TOKEN, startService } from '../service.ts'

// More than one page.
const ENTRIES = 2100
const CONFIG =
  "import { defineConfig } from 'hookline'\nimport { sqlite } from 'hookline/stores'\n" +
  "export default defineConfig({ store: sqlite('./hookline.db') })"

const top = mkdtempSync(join(tmpdir(), 'hookline-audit-'))
const original = join(top, 'original')
let entries: readonly AuditEntry[]

beforeAll(async () => {
  mkdirSync(original)
  writeFileSync(join(original, 'webhook.config.ts'), CONFIG)
  const store = createIn(original)
  await store.open()
  const entry = { actor: 'eve', action: 'task.retry', outcome: 'done', detail: '{}' } as const
  entries = await Promise.all(
    Array.from({ length: ENTRIES }, (_, index) =>
      store.audit({ ...entry, target: `tsk_${index}`, at: index, client: null, node: 'one' }),
    ),
  )
  await store.close()
})
afterAll(() => rmSync(top, { recursive: true, force: true }))

/** A copy of the folder, its database changed by hand. */
function tampered(name: string, change: (database: DatabaseSync) => void): string {
  const folder = join(top, name)
  cpSync(original, folder, { recursive: true })
  const database = new DatabaseSync(join(folder, 'hookline.db'))
  change(database)
  database.close()
  return folder
}

const verify = (folder: string, ...more: string[]) =>
  cli(['audit', 'verify', '--store', ...more], { cwd: folder })

/** What the check says of the folder's database. */
async function reportOf(folder: string, noted: string | null = null): Promise<ChainReport> {
  const store = createIn(folder)
  await store.open()
  async function* pages() {
    for (let after = 0, size = 1; size > 0; ) {
      const page = await store.auditEntries({ limit: 1000, after })
      yield page
      size = page.length
      after = page.at(-1)?.sequence ?? after
    }
  }
  try {
    return await checkChain(pages(), noted)
  } finally {
    await store.close()
  }
}

const hashAt = (sequence: number) => entries[sequence - 1]?.hash ?? ''

describe('hookline audit verify', () => {
  it('shows the head of a log that nobody changed, and finds one noted before', async () => {
    const plain = await verify(original)
    expect(plain).toEqual({
      code: 0,
      stdout: `entries:  2100, all as they were written\nhead:     ${hashAt(2100)}\n`,
      stderr: '',
    })
    const noted = await verify(original, '--head', hashAt(1500))
    expect(noted).toMatchObject({ code: 0, stdout: expect.stringContaining('entry 1500') })
    const json = await verify(original, '--json')
    expect(JSON.parse(json.stdout)).toEqual({
      ...{ entries: 2100, broken: null, notedAt: null },
      head: { sequence: 2100, hash: hashAt(2100) },
    })
  })

  const insert =
    'INSERT INTO audit (sequence, at, actor, action, target, outcome, detail, client, node, hash)' +
    " VALUES (2101, 1, 'x', 'x', 'x', 'done', '{}', NULL, 'one', ?)"
  it.each<[string, number, (database: DatabaseSync) => void]>([
    ['an actor changed', 1203, (db) => db.exec("UPDATE audit SET actor='x' WHERE sequence=1203")],
    ['a time changed', 1, (db) => db.exec('UPDATE audit SET at=9 WHERE sequence=1')],
    ['an outcome', 7, (db) => db.exec("UPDATE audit SET outcome='refused' WHERE sequence=7")],
    ['a client put in', 8, (db) => db.exec("UPDATE audit SET client='x' WHERE sequence=8")],
    ['a detail changed', 9, (db) => db.exec("UPDATE audit SET detail='{ }' WHERE sequence=9")],
    ['a hash changed', 1000, (db) => db.exec("UPDATE audit SET hash='00' WHERE sequence=1000")],
    ['the first deleted', 1, (db) => db.exec('DELETE FROM audit WHERE sequence=1')],
    ['one deleted', 1001, (db) => db.exec('DELETE FROM audit WHERE sequence=1001')],
    [
      'one deleted, the rest closed up',
      500,
      (db) => {
        db.exec('DELETE FROM audit WHERE sequence=500')
        db.exec('UPDATE audit SET sequence = -sequence WHERE sequence > 500')
        db.exec('UPDATE audit SET sequence = -sequence - 1 WHERE sequence < 0')
      },
    ],
    [
      'two exchanged',
      20,
      (db) => {
        db.exec('UPDATE audit SET sequence = -20 WHERE sequence = 20')
        db.exec('UPDATE audit SET sequence = 20 WHERE sequence = 30')
        db.exec('UPDATE audit SET sequence = 30 WHERE sequence = -20')
      },
    ],
    ['one put at the end', 2101, (db) => db.prepare(insert).run('a'.repeat(64))],
    ['the last one put there twice', 2101, (db) => db.prepare(insert).run(hashAt(2100))],
  ])('finds %s: entry %i', async (name, sequence, change) => {
    const report = await reportOf(tampered(name.replaceAll(' ', '-'), change))
    expect(report).toMatchObject({ entries: sequence - 1, broken: { sequence } })
  })

  it('says which entry is wrong, and exits with 1', async () => {
    const folder = tampered('told', (db) => db.exec('DELETE FROM audit WHERE sequence=3'))
    const { code, stdout, stderr } = await verify(folder)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('Entry 3 is the first that is wrong: it is missing')
    expect(stderr).toContain('code: audit_broken')
  })

  it('detects by a noted head that a log was cut off', async () => {
    const folder = tampered('cut', (db) => db.exec('DELETE FROM audit WHERE sequence > 2000'))
    expect(await reportOf(folder, hashAt(2000))).toMatchObject({ broken: null, notedAt: 2000 })
    const { code, stderr } = await verify(folder, '--head', hashAt(2100))
    expect(code).toBe(1)
    expect(stderr).toContain('No entry has the hash of --head')
    const empty = tampered('empty', (db) => db.exec('DELETE FROM audit'))
    expect(await verify(empty)).toMatchObject({ code: 0, stdout: 'The audit log is empty.\n' })
    expect(await reportOf(empty, hashAt(1))).toMatchObject({ broken: null, notedAt: null })
  })

  it('detects by a noted head that a log was rewritten', async () => {
    const folder = tampered('anew', (db) => {
      const update = db.prepare('UPDATE audit SET actor=?, hash=? WHERE sequence=?')
      let previous = ''
      for (const { hash: _, sequence, ...entry } of entries) {
        previous = auditHash(previous, sequence, { ...entry, actor: 'mallory' })
        update.run('mallory', previous, sequence)
      }
    })
    expect(await reportOf(folder, hashAt(1))).toMatchObject({ broken: null, notedAt: null })
  })

  it('calls a running service, whose store nobody else may open', async () => {
    const folder = tampered('running', (db) =>
      db.exec("UPDATE audit SET target='x' WHERE sequence=1999"),
    )
    const service = await startService({ folder })
    try {
      const env = { HOOKLINE_URL: service.url, HOOKLINE_TOKEN: ADMIN_TOKEN }
      const { code, stderr } = await cli(['audit', 'verify'], { cwd: folder, env })
      expect(code).toBe(1)
      expect(stderr).toContain('Entry 1999 is the first that is wrong')
      const offline = await verify(folder)
      expect(offline).toMatchObject({ code: 1, stderr: expect.stringContaining('data_dir_in_use') })
    } finally {
      await service.stop()
    }
  })
})
