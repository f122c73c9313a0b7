import { z } from 'zod'
import { isAddressRange } from '../kit/address-ranges.ts'

export const MIB = 1024 * 1024
/** Largest body that any setting allows: all of it is held in memory. */
export const MAX_BODY_BYTES = 1024 * MIB
/** Longest time of any setting: a week. */
export const MAX_SECONDS = 7 * 24 * 3600

export const seconds = z.number().positive().max(MAX_SECONDS)
export const bodyBytes = z.int().min(1).max(MAX_BODY_BYTES)

/** An address or a CIDR range, IPv4 or IPv6. */
export const addressRange = z
  .string()
  .refine(isAddressRange, 'must be an IP address or a CIDR range such as 10.0.0.0/8')
