import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { errorCodeOf } from '../../kit/thrown.ts'

const WINDOWS = process.platform === 'win32'

/** Signals a process and its group. Windows has no signals: there the process tree is ended at once. */
export function signalGroup(leader: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  if (WINDOWS) {
    endTree(leader)
    return
  }
  try {
    process.kill(-leader, signal)
  } catch {
    // The group is gone, or no member may be signalled: `isGroupAlive` says which.
  }
}

/**
 * Whether any member of the group still runs. The system does not reuse the id of a group that has members, so this
 * also works after the leader has ended.
 */
export function isGroupAlive(leader: number): boolean {
  try {
    process.kill(WINDOWS ? leader : -leader, 0)
  } catch (error) {
    return errorCodeOf(error) === 'EPERM'
  }
  return process.platform !== 'linux' || hasLivingMember(leader)
}

// Containers often have no init that reaps orphans: a killed process then stays in its group as a zombie.
function hasLivingMember(leader: number): boolean {
  let ids: readonly string[]
  try {
    ids = readdirSync('/proc')
  } catch {
    return true
  }
  return ids.some((id) => /^\d+$/.test(id) && isLivingMember(id, leader))
}

// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: `id (name) state parent group …`; a name may hold `)`.
function isLivingMember(id: string, leader: number): boolean {
  let stat: string
  try {
    stat = readFileSync(`/proc/${id}/stat`, 'latin1')
  } catch {
    return false
  }
  const [state = '', , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ', 3)
  return group === String(leader) && !'ZX'.includes(state)
}

function endTree(leader: number): void {
  const taskkill = spawn('taskkill', ['/pid', String(leader), '/T', '/F'], {
    stdio: 'ignore',
    windowsHide: true,
  })
  taskkill.on('error', () => {})
}
