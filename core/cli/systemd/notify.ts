import { execFile } from 'node:child_process'

const TELL_SECONDS = 5
const PINGS_PER_LIMIT = 3

/** Tells systemd how the service does. */
export interface Supervisor {
  /** It is up; from now on it says so again and again, for as long as its event loop turns. */
  ready(): void
  /** It is about to end. */
  stopping(): void
  /** No more is told. */
  close(): void
}

/**
 * The systemd that started this process and wants to be told (sd_notify(3)); without one, nothing is told. Node.js has
 * no datagram sockets of Unix, so systemd's own command tells it.
 */
export function supervisorOf(
  env: Readonly<Record<string, string | undefined>>,
  complain: (message: string) => void,
): Supervisor {
  const { NOTIFY_SOCKET, PATH } = env
  if (!NOTIFY_SOCKET) return { ready() {}, stopping() {}, close() {} }
  const options = { env: { NOTIFY_SOCKET, PATH }, timeout: TELL_SECONDS * 1000 }
  let pings: NodeJS.Timeout | null = null
  let isTelling = false
  let hasFailed = false
  const tell = (...words: string[]) => {
    isTelling = true
    execFile('systemd-notify', words, options, (error) => {
      isTelling = false
      // Once: a ping comes every few seconds.
      if (error !== null && !hasFailed) complain(`systemd could not be told: ${error.message}`)
      hasFailed = error !== null
    })
  }
  return {
    ready() {
      tell('--ready')
      const pingMs = pingMsOf(env)
      if (pingMs === null) return
      pings = setInterval(() => {
        if (!isTelling) tell('WATCHDOG=1')
      }, pingMs)
    },
    stopping: () => tell('STOPPING=1'),
    close() {
      if (pings !== null) clearInterval(pings)
    },
  }
}

/** sd_watchdog_enabled(3): null where no pings are awaited from this process. */
function pingMsOf(env: Readonly<Record<string, string | undefined>>): number | null {
  const limitMs = Number(env['WATCHDOG_USEC'] ?? '') / 1000
  const pid = env['WATCHDOG_PID']
  if (!(limitMs > 0) || (pid !== undefined && pid !== String(process.pid))) return null
  return Math.max(1, limitMs / PINGS_PER_LIMIT)
}
