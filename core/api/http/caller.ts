import type { Context } from 'hono'
import { type AddressRanges, compileRanges } from '../../kit/address-ranges.ts'
import { type Connection, clientAddress } from '../../receive/client-address.ts'
import type { HttpTypes } from './types.ts'

const compiled = new WeakMap<readonly string[], AddressRanges>()

/** Address of the caller, determined as for the sender of a delivery; null if unknown. */
export function callerAddress(
  context: Context<HttpTypes>,
  trustedProxies: readonly string[],
): string | null {
  const { env, req } = context
  if (env?.tunnelClient !== undefined) return env.tunnelClient
  const socketAddress = env?.connectedAddress ?? env?.incoming?.socket.remoteAddress ?? null
  return addressOf({ socketAddress, headers: req.header() }, trustedProxies)
}

/** The same for a request that came straight to this process. */
export function addressOf(
  request: Omit<Connection, 'trustedProxies'>,
  trustedProxies: readonly string[],
): string | null {
  const ranges = compiled.get(trustedProxies) ?? compileRanges(trustedProxies)
  compiled.set(trustedProxies, ranges)
  return clientAddress({ ...request, trustedProxies: ranges })
}
