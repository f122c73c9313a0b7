import type { Context } from 'hono'
import { type AddressRanges, compileRanges } from '../../kit/address-ranges.ts'
import { clientAddress } from '../../receive/client-address.ts'
import type { HttpTypes } from './types.ts'

const compiled = new WeakMap<readonly string[], AddressRanges>()

/** Address of the caller, determined as for the sender of a delivery; null if unknown. */
export function callerAddress(
  context: Context<HttpTypes>,
  trustedProxies: readonly string[],
): string | null {
  const tunnelClient = context.env?.tunnelClient
  if (tunnelClient !== undefined) return tunnelClient
  const ranges = compiled.get(trustedProxies) ?? compileRanges(trustedProxies)
  compiled.set(trustedProxies, ranges)
  return clientAddress({
    socketAddress:
      context.env?.connectedAddress ?? context.env?.incoming?.socket.remoteAddress ?? null,
    headers: context.req.header(),
    trustedProxies: ranges,
  })
}
