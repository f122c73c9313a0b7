import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toFailure } from '../../../../plugins/stores/sqlite/database/fault.ts'
import { makeFolder } from './create-sqlite.ts'

let folder: string
beforeAll(async () => {
  folder = await makeFolder()
  new DatabaseSync(join(folder, 'a.db')).exec('CREATE TABLE a (b)')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const INSERT = "INSERT INTO a VALUES (printf('%.100000c', 'x'))"

const FAULTS = [
  ['a full disk', 'full', () => open().exec(`PRAGMA max_page_count = 2; ${INSERT}`), /Make room/],
  ['a read-only file', 'read-only', () => open({ readOnly: true }).exec(INSERT), /writable/],
  [
    'a file that cannot be opened',
    'cannot be opened',
    () => new DatabaseSync(join(folder, 'none/a.db')),
    /owner and the mode/,
  ],
] as const

function open(options = {}): DatabaseSync {
  return new DatabaseSync(join(folder, 'a.db'), options)
}

describe('a fault of sqlite', () => {
  it.each(FAULTS)('names the path, the cause and a remedy: %s', (_, cause, act, remedy) => {
    let fault: unknown = null
    try {
      act()
    } catch (error) {
      fault = error
    }
    const failure = toFailure(fault, '/srv/hookline.db')
    expect(failure).toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining(cause),
      remedy: expect.stringMatching(remedy),
    })
    expect(failure.message).toContain('/srv/hookline.db cannot be used')
  })
})
