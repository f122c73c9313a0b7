import { Client } from 'pg'
import type { PluginLogger } from '../../../core/index.ts'
import { connectionSettings, type DatabaseSettings, quoted } from './database.ts'

const FIRST_RETRY_MS = 250
const MAX_RETRY_MS = 10_000
/** A connection that was cut without a word is noticed by asking. */
const CHECK_MS = 10_000
const CHECK_WITHIN_MS = 5_000

/** A connection of its own that hears what other nodes tell. */
export interface Listener {
  close(): Promise<void>
}

interface ListenerSettings {
  readonly settings: DatabaseSettings
  readonly channel: string
  readonly onNotice: (payload: string) => void
  /** Listening again after a time without: something may have been missed. */
  readonly onReturn: () => void
  readonly logger: PluginLogger
}

/** Connects in the background, and again whenever the connection is lost, after longer and longer waits. */
export function startListener(options: ListenerSettings): Listener {
  const stopped = new AbortController()
  const running = listenUntil(stopped.signal, options)
  return {
    async close() {
      stopped.abort()
      await running
    },
  }
}

async function listenUntil(signal: AbortSignal, options: ListenerSettings): Promise<void> {
  let failures = 0
  while (!signal.aborted) {
    try {
      await listenOnce(signal, options, () => {
        if (failures > 0) options.onReturn()
        failures = 0
      })
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error)
      if (failures === 0) options.logger.warn({ fault }, 'the store cannot listen to other nodes')
    }
    failures++
    await pause(Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 1)), signal)
  }
}

async function listenOnce(
  signal: AbortSignal,
  { settings, channel, onNotice }: ListenerSettings,
  onListening: () => void,
): Promise<void> {
  const client = new Client({
    ...connectionSettings(settings),
    query_timeout: CHECK_WITHIN_MS,
  })
  const ended = new Promise<void>((resolve) => {
    client.on('error', () => resolve())
    client.on('end', () => resolve())
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  client.on('notification', ({ payload }) => onNotice(payload ?? ''))
  let check: NodeJS.Timeout | undefined
  try {
    await client.connect()
    await client.query(`LISTEN ${quoted(channel)}`)
    onListening()
    const failed = new Promise<void>((resolve) => {
      check = setInterval(() => client.query('SELECT 1').catch(() => resolve()), CHECK_MS)
    })
    await Promise.race([ended, failed])
  } finally {
    clearInterval(check)
    // Not waited for: a server that is gone does not say goodbye.
    void client.end().catch(() => {})
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
