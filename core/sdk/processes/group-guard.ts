import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/** Reads `+ ID` and `- ID`. At the end of its input, which is the end of Hookline, it kills what is left. */
const SCRIPT = `trap '' TERM INT HUP
all=
while read -r way id; do
  rest=
  for one in $all; do
    [ "$one" = "$id" ] || rest="$rest $one"
  done
  all=$rest
  [ "$way" = - ] || all="$all $id"
done
for one in $all; do
  kill -KILL "-$one"
done`

const leaders = new Set<number>()
let guard: ChildProcess | null = null

/**
 * Has the process group of a child killed if this process ends while the child runs, also by SIGKILL. A small shell sees to
 * it, one for all children, because no process can do so for itself. Windows has no process groups.
 */
export function guardGroup(child: ChildProcess): void {
  const { pid } = child
  if (pid === undefined || process.platform === 'win32') return
  leaders.add(pid)
  if (guard === null) start()
  else tell('+', pid)
  child.once('exit', () => {
    leaders.delete(pid)
    tell('-', pid)
  })
}

function tell(way: '+' | '-', leader: number): void {
  guard?.stdin?.write(`${way} ${leader}\n`)
}

function start(): void {
  const started = startShell()
  if (started === null) return
  guard = started
  const forget = () => {
    if (guard === started) guard = null
  }
  started.on('error', forget)
  started.once('exit', forget)
  started.stdin?.on('error', () => {})
  // It does not keep this process alive.
  started.unref()
  const input = started.stdin as Socket | null | undefined
  input?.unref()
  for (const leader of leaders) tell('+', leader)
}

// The child runs all the same if the system lacks something for the guard: the next child tries again.
function startShell(): ChildProcess | null {
  try {
    return spawn('/bin/sh', ['-c', SCRIPT], {
      cwd: '/',
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
      // A Ctrl-C, which stops Hookline gracefully, must not end it.
      detached: true,
    })
  } catch {
    return null
  }
}
