import { readFileSync } from 'node:fs'

/** Reading the counter takes the system a tenth of a millisecond. */
const LOOK_SECONDS = 1

let lastLook = Number.NEGATIVE_INFINITY
let lastCount: number | null = null
let lastRise = Number.NEGATIVE_INFINITY

/**
 * Called when a program starts. Returns a function for when SIGKILL has ended it: whether the system has killed a process for
 * want of memory since then. It does not say which. Always false where the system is not Linux.
 */
export function watchMemory(): () => boolean {
  const start = performance.now()
  if (start - lastLook > LOOK_SECONDS * 1000) look(start)
  return () => {
    look(performance.now())
    return lastRise > start
  }
}

function look(now: number): void {
  const count = readCount()
  if (lastCount !== null && count !== null && count > lastCount) lastRise = now
  lastCount = count
  lastLook = now
}

// https://docs.kernel.org/filesystems/proc.html: `oom_kill` counts since the boot, for limits of control groups too.
function readCount(): number | null {
  if (process.platform !== 'linux') return null
  try {
    const [, count] = /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'latin1')) ?? []
    return count === undefined ? null : Number(count)
  } catch {
    return null
  }
}
