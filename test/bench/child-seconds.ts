import { readFileSync } from 'node:fs'

const TICKS_PER_SECOND = 100

/** Processor time of this process's living children, in seconds; 0 where there is no /proc. */
export function childSeconds(): number {
  try {
    const { pid } = process
    const ids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
    return ids.filter(Boolean).reduce((sum, id) => sum + ticksOf(id), 0) / TICKS_PER_SECOND
  } catch {
    return 0
  }
}

// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: the time in user mode, and in the kernel.
function ticksOf(id: string): number {
  const stat = readFileSync(`/proc/${id}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return Number(fields[11]) + Number(fields[12])
}
