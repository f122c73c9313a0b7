import type { RunningConfig, RunningSource } from '../contracts/config.ts'
import { type AddressRanges, addressInRanges, compileRanges } from '../kit/address-ranges.ts'
import { HooklineError } from '../kit/errors.ts'
import { secretValues } from '../kit/schema-walk.ts'
import { storableForms } from './mask-headers.ts'
import { RuleIndex } from './match.ts'
import { RateLimit } from './rate-limit.ts'

/** A source with what only the receiving side needs of it. */
export interface Gate {
  readonly source: RunningSource
  /** Null where every address may deliver. */
  readonly allow: AddressRanges | null
  readonly rateLimit: RateLimit | null
  /** The secrets of its options, in every form in which one may stand in a header or a path. */
  readonly secrets: readonly string[]
}

/** All that receiving needs of one config, made once per config. */
export interface Gates {
  readonly config: RunningConfig
  readonly sources: ReadonlyMap<string, Gate>
  readonly trustedProxies: AddressRanges
  readonly rules: RuleIndex
}

/** Rate limits that did not change keep their state, so that a reload does not open them. */
export function openGates(
  config: RunningConfig,
  clock: () => number,
  previous: Gates | null,
): Gates {
  const sources = new Map<string, Gate>()
  for (const [name, source] of config.sources) {
    sources.set(name, {
      source,
      allow: source.allow === null ? null : compileRanges(source.allow),
      rateLimit: rateLimitOf(source, clock, previous?.sources.get(name)),
      secrets: storableForms(secretValues(source.definition.options, source.options)),
    })
  }
  return {
    config,
    sources,
    trustedProxies: compileRanges(config.settings.trustedProxies),
    rules: new RuleIndex(config.rules),
  }
}

/** The reason of a delivery from an address that may not. */
export const NOT_ALLOWED = "the sender's address is not in the allow list"

/** Whether an address may deliver. An unknown address may only where all may. */
export function isAllowed(gate: Gate, address: string | null): boolean {
  if (gate.allow === null) return true
  return address !== null && addressInRanges(address, gate.allow)
}

/** Takes one from the source's rate. Throws `rate_limited`. */
export function checkRate(gate: Gate): void {
  const taken = gate.rateLimit?.take()
  if (taken === undefined || taken.ok) return
  throw new HooklineError('rate_limited', `The source '${gate.source.name}' has a rate limit`, {
    fields: { retryAfterSeconds: Math.max(1, Math.ceil(taken.retryAfterSeconds)) },
  })
}

function rateLimitOf(
  source: RunningSource,
  clock: () => number,
  previous: Gate | undefined,
): RateLimit | null {
  const limit = source.rateLimit
  if (limit === null) return null
  const before = previous?.source.rateLimit
  const isUnchanged = before?.perSecond === limit.perSecond && before.burst === limit.burst
  if (isUnchanged && previous?.rateLimit) return previous.rateLimit
  return new RateLimit({ perSecond: limit.perSecond, burst: limit.burst, clock })
}
