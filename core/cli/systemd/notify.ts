import { execFile } from 'node:child_process'

const NOTIFY_SECONDS = 5
const PINGS_PER_LIMIT = 3

/** Notifies systemd of the state of the service. */
export interface Supervisor {
  /** The service has started. Sends watchdog pings from now on, as long as the event loop is not blocked. */
  ready(): void
  /** The service is about to stop. */
  stopping(): void
  /** Stops the pings. */
  close(): void
}

/**
 * The systemd that started this process and expects notifications (sd_notify(3)). Does nothing without one. Uses the
 * command `systemd-notify`, since Node.js has no Unix datagram sockets.
 */
export function supervisorOf(
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): Supervisor {
  const { NOTIFY_SOCKET, PATH } = env
  if (!NOTIFY_SOCKET) return { ready() {}, stopping() {}, close() {} }
  const options = { env: { NOTIFY_SOCKET, PATH }, timeout: NOTIFY_SECONDS * 1000 }
  let pings: NodeJS.Timeout | null = null
  let isSending = false
  let hasFailed = false
  const send = (...words: string[]) => {
    isSending = true
    execFile('systemd-notify', words, options, (error) => {
      isSending = false
      // Only the first of several failures, since pings follow every few seconds.
      if (error !== null && !hasFailed) warn(`systemd could not be notified: ${error.message}`)
      hasFailed = error !== null
    })
  }
  return {
    ready() {
      send('--ready')
      const pingMs = pingMsOf(env)
      if (pingMs === null) return
      pings = setInterval(() => {
        if (!isSending) send('WATCHDOG=1')
      }, pingMs)
    },
    stopping: () => send('STOPPING=1'),
    close() {
      if (pings !== null) clearInterval(pings)
    },
  }
}

/** Interval of the pings (sd_watchdog_enabled(3)); null if systemd expects none from this process. */
function pingMsOf(env: Readonly<Record<string, string | undefined>>): number | null {
  const limitMs = Number(env['WATCHDOG_USEC'] ?? '') / 1000
  const pid = env['WATCHDOG_PID']
  if (!(limitMs > 0) || (pid !== undefined && pid !== String(process.pid))) return null
  return Math.max(1, limitMs / PINGS_PER_LIMIT)
}
