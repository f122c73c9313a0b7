import { readFileSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'

/** Types of network file systems in the answer of statfs(2) on Linux. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xfe534d42, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
  [0x5346414f, 'AFS'],
  [0x0bd00bd0, 'Lustre'],
])
const FUSE = 0x65735546
/** Of those in user space, the ones that reach another machine. */
const REMOTE_FUSE = /^fuse\.(sshfs|glusterfs|s3fs|rclone|cifs|davfs|gcsfuse|goofys|juicefs)/

/** The network file system that holds a file, or will hold it; null if none is known, as on all systems but Linux. */
export function networkFileSystem(file: string): string | null {
  if (process.platform !== 'linux') return null
  try {
    const folder = dirname(file)
    const { type } = statfsSync(folder)
    return type === FUSE
      ? remoteFuse(folder, readFileSync('/proc/self/mounts', 'utf8'))
      : nameOfType(type)
  } catch {
    // Whatever is wrong with the folder, opening the database says it better.
    return null
  }
}

export function nameOfType(type: number): string | null {
  return TYPES.get(type) ?? null
}

/** By the list of mounts, as /proc/self/mounts has it. */
export function remoteFuse(folder: string, mounts: string): string | null {
  const above = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, place = '']) => isBelow(folder, place.replaceAll('\\040', ' ')))
    .toSorted(([, one = ''], [, other = '']) => one.length - other.length)
  const [, , type = ''] = above.at(-1) ?? []
  return REMOTE_FUSE.test(type) ? type : null
}

function isBelow(folder: string, place: string): boolean {
  return place === '/' || `${folder}/`.startsWith(`${place}/`)
}
