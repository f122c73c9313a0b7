import { describe, expect, it } from 'vitest'
import {
  nameOfType,
  networkFileSystem,
  remoteFuse,
} from '../../../../plugins/stores/sqlite/database/network-file-system.ts'

const MOUNTS = `overlay / overlay rw 0 0
me@host:/srv /mnt/far fuse.sshfs rw 0 0
disk /mnt/far/near fuseblk rw 0 0
me@host: /mnt/with\\040space fuse.sshfs rw 0 0
`

describe('the file system of a database', () => {
  it.each([
    [0x6969, 'NFS'],
    [0xff534d42, 'CIFS'],
    [0xef53, null],
    [0x01021994, null],
  ])('of type %i is %s', (type, name) => {
    expect(nameOfType(type)).toBe(name)
  })

  it.each([
    ['/mnt/far/data', 'fuse.sshfs'],
    ['/mnt/far', 'fuse.sshfs'],
    ['/mnt/far/near/data', null],
    ['/mnt/farther', null],
    ['/mnt/with space/data', 'fuse.sshfs'],
    ['/srv', null],
  ])('at %s is %s', (folder, name) => {
    expect(remoteFuse(folder, MOUNTS)).toBe(name)
  })

  it('is asked of the system', () => {
    expect(networkFileSystem(import.meta.filename)).toBeNull()
    expect(networkFileSystem('/there/is/no/such/folder/file.db')).toBeNull()
  })
})
