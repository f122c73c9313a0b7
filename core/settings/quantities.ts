import { z } from 'zod'
import { isAddressRange } from '../kit/address-ranges.ts'

export const MIB = 1024 * 1024
/** Largest body that any setting allows, in bytes. Bodies are held in memory. */
export const MAX_BODY_BYTES = 1024 * MIB
/** Longest time of any setting, in seconds: a week. */
export const MAX_SECONDS = 7 * 24 * 3600

export const seconds = z.number().positive().max(MAX_SECONDS)
export const bodyBytes = z.int().min(1).max(MAX_BODY_BYTES)

const DURATION = /^(\d{1,6})([smhd])$/
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** A length of time as people write it, from one second to a week. Its value is in milliseconds. */
export const duration = z
  .string()
  .regex(DURATION, {
    error: 'must be a whole number with its unit: `30s`, `1m`, `2h` or `1d`',
    abort: true,
  })
  .refine((text) => inMs(text) > 0 && inMs(text) <= MAX_SECONDS * 1000, 'must be 1s to 7d')
  .transform(inMs)

function inMs(text: string): number {
  const [, count, unit] = DURATION.exec(text) ?? []
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
}

/** An address or a CIDR range, IPv4 or IPv6. */
export const addressRange = z
  .string()
  .refine(isAddressRange, 'must be an IP address or a CIDR range such as 10.0.0.0/8')
