import { execFileSync } from 'node:child_process'
import fs, {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPrivateFile, replacePrivateFile } from '../../../core/kit/private-file.ts'
import { KeyRing } from '../../../core/sealing/key-ring.ts'

const TOO_LARGE = 'x'.repeat(65_536)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hookline-private-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('a private file that cannot be written', () => {
  it('leaves nothing behind where its name is taken by a folder', () => {
    mkdirSync(join(folder, 'key/inside'), { recursive: true })
    expect(() => replacePrivateFile(join(folder, 'key'), 'text')).toThrow(/EISDIR|ENOTEMPTY|EPERM/)
    expect(readdirSync(folder)).toEqual(['key'])
  })

  it('leaves nothing behind on a full disk, and a first key is asked for later', (context) => {
    const disk = join(folder, 'disk')
    mkdirSync(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', disk], { stdio: 'ignore' })
    } catch {
      context.skip('a full disk takes a mount, which takes root')
    }
    try {
      expect(() => createPrivateFile(join(disk, 'key'), TOO_LARGE)).toThrow(/ENOSPC/)
      expect(() => replacePrivateFile(join(disk, 'key'), TOO_LARGE)).toThrow(/ENOSPC/)
      expect(readdirSync(disk)).toEqual([])
      expect(() => writeFileSync(join(disk, 'fill'), TOO_LARGE)).toThrow(/ENOSPC/)
      const keys = new KeyRing({ env: {}, dataDir: disk })
      const unavailable = expect.objectContaining({ code: 'store_unavailable' })
      expect(() => keys.sealing()).toThrow(unavailable)
      rmSync(join(disk, 'fill'))
      expect(keys.sealing().id).toMatch(/^[0-9a-f]{12}$/)
      expect(readdirSync(disk)).toEqual(['key'])
    } finally {
      execFileSync('umount', [disk])
    }
  })
})

describe('a file system without hard links', () => {
  const { linkSync } = fs
  afterEach(() => {
    fs.linkSync = linkSync
    syncBuiltinESMExports()
  })

  it.each(['EPERM', 'ENOTSUP', 'ENOSYS'])('still takes one file, once, after %s', (code) => {
    fs.linkSync = () => {
      throw Object.assign(new Error(`${code}: operation not permitted`), { code })
    }
    syncBuiltinESMExports()
    const file = join(folder, 'key')
    expect([createPrivateFile(file, 'one'), createPrivateFile(file, 'other')]).toEqual([
      true,
      false,
    ])
    expect(readFileSync(file, 'utf8')).toBe('one')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(folder)).toEqual(['key'])
  })
})
