import { createHash } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'
import { errorCodeOf } from '../../kit/thrown.ts'

/** A process that made something that is to go with it, as the label or the name of that thing says. */
export interface Owner {
  /** Within it, process ids are unique: a boot and a process namespace; the host's name if the system has none. */
  readonly scope: string
  readonly pid: number
  /** When the process started; empty if the system does not say. */
  readonly startedAt: string
}

/** This process. */
export function thisOwner(): Owner {
  return { scope: scope(), pid: process.pid, startedAt: startOf(process.pid) }
}

export function formatOwner({ scope, pid, startedAt }: Owner): string {
  return [scope, pid, startedAt].join('/')
}

/** The owner as part of the name of a file: short, and without the characters `/` and `-`. */
export function ownerName({ scope, pid, startedAt }: Owner): string {
  return [shortScope(scope), pid, startedAt].join('.')
}

/** What is known of the process that such a name names. `foreign`: it belongs to another boot or container. */
export function ownerState(name: string): 'alive' | 'gone' | 'foreign' {
  const [short, pid = '', startedAt = ''] = name.split('.')
  const own = scope()
  if (short !== shortScope(own)) return 'foreign'
  return isOwnerAlive([own, pid, startedAt].join('/')) ? 'alive' : 'gone'
}

/**
 * Whether the process that a label names still runs. A process that cannot be seen from here (another boot, another
 * container) counts as gone: it used the same data folder, which has one node at a time.
 */
export function isOwnerAlive(label: string): boolean {
  const [boot, pid = '', startedAt] = label.split('/')
  if (boot !== scope() || !/^\d+$/.test(pid)) return false
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    return errorCodeOf(error) === 'EPERM'
  }
  return process.platform !== 'linux' || startOf(Number(pid)) === startedAt
}

function shortScope(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
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
// boot); a name may hold `)`. A zombie still has its id, but no longer runs.
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
