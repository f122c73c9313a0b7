import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { folderFault } from '../../../core/errors/folder-fault.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hookline-fault-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function faultOf(use: () => unknown, path: string) {
  try {
    use()
  } catch (error) {
    return folderFault(error, path)
  }
  throw new Error('nothing failed')
}

describe('a fault of the data folder', () => {
  it('says that a file is in its place', () => {
    const file = join(folder, 'file')
    writeFileSync(file, '')
    const below = join(file, 'data')
    expect(faultOf(() => mkdirSync(file, { recursive: true }), file)).toMatchObject({
      code: 'data_dir_unusable',
      message: `${file} is not a folder`,
    })
    expect(faultOf(() => mkdirSync(below, { recursive: true }), below)?.message).toBe(
      `${below} cannot be created: ${file} is not a folder`,
    )
  })

  it.each([
    [
      'EACCES',
      /^User \d+.* may not use \S+\/a\/b \(EACCES\): \S+ belongs to user \d+ and has mode 700$/,
    ],
    ['EPERM', /^User \d+.* may not use/],
    ['EROFS', /is on a read-only file system \(EROFS\)$/],
    ['ENOSPC', /^There is no room left on the disk of \S+ \(ENOSPC\)$/],
    ['ENAMETOOLONG', /cannot be created \(ENAMETOOLONG\)$/],
  ])('of the code %s says why, and who owns what', (code, message) => {
    const error = Object.assign(new Error('from the system'), { code })
    const fault = folderFault(error, join(folder, 'a/b'))
    expect(fault?.code).toBe('data_dir_unusable')
    expect(fault?.message).toMatch(message)
  })

  it('is none if something else is wrong', () => {
    expect(faultOf(() => JSON.parse('{'), folder)).toBeNull()
    expect(faultOf(() => readFileSync(folder, 'no-encoding' as 'utf8'), folder)).toBeNull()
  })
})
