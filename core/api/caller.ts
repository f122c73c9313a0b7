import type { Context } from 'hono'
import { type AddressRanges, compileRanges } from '../kit/address-ranges.ts'
import { clientAddress } from '../receive/client-address.ts'
import type { HttpTypes } from './http-types.ts'

const compiled = new WeakMap<readonly string[], AddressRanges>()

/** The caller's address, as a delivery's sender's is found; null where it cannot be known. */
export function callerAddress(
  context: Context<HttpTypes>,
  trustedProxies: readonly string[],
): string | null {
  const ranges = compiled.get(trustedProxies) ?? compileRanges(trustedProxies)
  compiled.set(trustedProxies, ranges)
  return clientAddress({
    socketAddress: context.env?.incoming?.socket.remoteAddress ?? null,
    headers: context.req.header(),
    trustedProxies: ranges,
  })
}
