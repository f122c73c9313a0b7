import { importOptional } from '../optional-package.ts'
import type { RedisAddress } from './address.ts'

const CONNECT_MS = 10_000

export type RedisClient = Awaited<ReturnType<typeof createRedis>>

/**
 * A client that is not connected yet, and is closed for good when its connection ends: nothing is sent twice behind our
 * back. Throws `package_missing` if one of the packages is not installed.
 */
export async function createRedis(
  packages: readonly string[],
  { url }: RedisAddress,
  program: string,
) {
  const { createClient } = await importOptional(packages, () => import('@redis/client'))
  const client = createClient({
    url,
    name: `hookline-${program}`,
    socket: { connectTimeout: CONNECT_MS, reconnectStrategy: false },
    disableOfflineQueue: true,
  })
  // An error without a listener would end the process.
  client.on('error', () => {})
  return client
}

/** Connects a client, unless the signal is aborted first. Throws an error of the connection, or of the login. */
export async function connectRedis(client: RedisClient, signal: AbortSignal): Promise<void> {
  signal.addEventListener('abort', () => client.destroy())
  await client.connect()
}
