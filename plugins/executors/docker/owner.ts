import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createPrivateFile } from '../../../core/index.ts'

/** A process that started containers, as their label holds it. */
export interface Owner {
  /** Where process ids mean the same: a boot and its process namespace; elsewhere the host's name. */
  readonly scope: string
  readonly pid: number
  /** When the process started; empty where the system does not tell. */
  readonly startedAt: string
}

/** The id of a data folder, made at the first call. Nodes have a data folder each, so it tells them apart. */
export function idOfDataDir(dataDir: string): string {
  const path = join(dataDir, 'docker-node-id')
  // Where there is an id, it stays.
  createPrivateFile(path, randomUUID())
  return readFileSync(path, 'utf8').trim()
}

/** This process. */
export function thisOwner(): Owner {
  return { scope: scope(), pid: process.pid, startedAt: startOf(process.pid) }
}

export function formatOwner({ scope, pid, startedAt }: Owner): string {
  return [scope, pid, startedAt].join('/')
}

/**
 * Whether the process behind a label still runs. One that cannot be seen from here (another boot, another container)
 * counts as gone: it had the same data folder, and that has one node at a time.
 */
export function isOwnerAlive(label: string): boolean {
  const [boot, pid = '', startedAt] = label.split('/')
  if (boot !== scope() || !/^\d+$/.test(pid)) return false
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
  return process.platform !== 'linux' || startOf(Number(pid)) === startedAt
}

function scope(): string {
  if (process.platform !== 'linux') return hostname()
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return `${boot}-${readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')}`
  } catch {
    return hostname()
  }
}

// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: fields 3 (state) and 22 (start, in ticks since the
// boot); a name may hold `)`. A zombie still has its id, but does nothing any more.
function startOf(pid: number): string {
  if (process.platform !== 'linux') return ''
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '')
  } catch {
    return ''
  }
}
