import { addressInRanges, compileRanges } from '../../kit/address-ranges.ts'
import type { Proof } from './combine.ts'
import { refuse } from './signature.ts'

/** The address of the sender, behind trusted proxies. It proves where a delivery comes from, and does not protect the body. */
export function senderAddress(ranges: readonly string[]): Proof {
  const allowed = compileRanges(ranges)
  return {
    verify: ({ client }) =>
      client !== null && addressInRanges(client, allowed)
        ? { ok: true }
        : refuse("the sender's address is not in `allow`"),
    sign: () => ({}),
  }
}
