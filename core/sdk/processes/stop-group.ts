import { setTimeout as sleep } from 'node:timers/promises'
import { withTimeLimit } from '../../kit/time-limit.ts'
import type { WatchedChild } from './child.ts'
import { isGroupAlive, signalGroup } from './group.ts'

const KILLED_GRACE_SECONDS = 1
const LAST_READ_SECONDS = 0.25
const FIRST_POLL_MS = 10
const LAST_POLL_MS = 200

/** Ends a program and its process group, first by SIGTERM, then by SIGKILL, and closes its streams. Never throws. */
export async function stopGroup(
  child: WatchedChild,
  leader: number,
  killAfterSeconds: number,
): Promise<void> {
  const isGone = () => child.exit() !== null && !isGroupAlive(leader)
  const steps = [
    ['SIGTERM', killAfterSeconds],
    ['SIGKILL', KILLED_GRACE_SECONDS],
  ] as const
  for (const [signal, seconds] of steps) {
    if (isGone()) break
    signalGroup(leader, signal)
    const end = performance.now() + seconds * 1000
    for (let pause = FIRST_POLL_MS; !isGone() && performance.now() < end; pause *= 2) {
      await sleep(Math.min(pause, LAST_POLL_MS))
    }
  }
  // Whoever still holds the output has left the group.
  await withTimeLimit(child.finished, LAST_READ_SECONDS * 1000, () => {})
  child.letGo()
}
