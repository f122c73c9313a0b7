import type { RunningConfig, RunningSource } from '../contracts/config.ts'
import type { DeliveryRecord } from '../contracts/store.ts'
import { type AddressRanges, addressInRanges, compileRanges } from '../kit/address-ranges.ts'
import { HooklineError } from '../kit/errors.ts'
import { OWN_SOURCE } from '../kit/own-events.ts'
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
  /** Those of the whole config: what a refused sender shows may be the secret of another source. */
  readonly allSecrets: readonly string[]
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
  const allSecrets = storableForms(config.secrets)
  for (const [name, source] of config.sources) {
    sources.set(name, {
      source,
      allow: source.allow === null ? null : compileRanges(source.allow),
      rateLimit: rateLimitOf(source, clock, previous?.sources.get(name)),
      secrets: storableForms(secretValues(source.definition.options, source.options)),
      allSecrets,
    })
  }
  return {
    config,
    sources,
    trustedProxies: compileRanges(config.settings.trustedProxies),
    rules: new RuleIndex(config.rules),
  }
}

/** Throws `source_unknown`. */
export function gateOf(gates: Gates, name: string): Gate {
  const gate = gates.sources.get(name)
  if (gate !== undefined) return gate
  const printable = name.replace(/[^\x20-\x7e]/g, '?').slice(0, 64)
  throw new HooklineError('source_unknown', `There is no source '${printable}'`)
}

/** Throws `delivery_not_replayable`. */
export function gateOfReplay(
  gates: Gates,
  { source, outcome }: Pick<DeliveryRecord, 'source' | 'outcome'>,
): Gate {
  const gate = gates.sources.get(source)
  if (gate !== undefined && outcome === 'accepted') return gate
  let why = `The delivery was not accepted but '${outcome}'`
  if (gate === undefined) why = `The source '${source}' is not in the config`
  if (source === OWN_SOURCE) why = "Hookline's own events are not replayed; retry their tasks"
  throw new HooklineError('delivery_not_replayable', why)
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
