import type { RunningConfig, RunningSource } from '../contracts/config.ts'
import { type AddressRanges, compileRanges } from '../kit/address-ranges.ts'
import { secretValues } from '../kit/schema-walk.ts'
import { RuleIndex } from '../matching/rule-index.ts'
import { Redactor } from '../redaction/redactor.ts'
import { RateLimiter } from './rate-limit.ts'

/** A source, with what is needed to receive for it. */
export interface ReceivingSource {
  readonly source: RunningSource
  /** Null: every address may deliver. */
  readonly allow: AddressRanges | null
  readonly rateLimit: RateLimiter | null
  /** Knows the secrets in its options. */
  readonly redactor: Redactor
  /** Knows the secrets of the whole config: a refused sender may have used the secret of another source. */
  readonly fullRedactor: Redactor
}

/** What is needed to receive under one config, computed once per config. */
export interface ReceivingConfig {
  readonly config: RunningConfig
  readonly sources: ReadonlyMap<string, ReceivingSource>
  readonly trustedProxies: AddressRanges
  readonly rules: RuleIndex
}

/** Rate limits that did not change keep their state, so that a reload does not refill them. */
export function createReceivingConfig(
  config: RunningConfig,
  clock: () => number,
  previous: ReceivingConfig | null,
): ReceivingConfig {
  const sources = new Map<string, ReceivingSource>()
  const fullRedactor = redactorOf(config.secrets)
  for (const [name, source] of config.sources) {
    sources.set(name, {
      source,
      allow: source.allow === null ? null : compileRanges(source.allow),
      rateLimit: rateLimitOf(source, clock, previous?.sources.get(name)),
      redactor: redactorOf(secretValues(source.definition.options, source.options)),
      fullRedactor,
    })
  }
  return {
    config,
    sources,
    trustedProxies: compileRanges(config.settings.trustedProxies),
    rules: new RuleIndex(config.rules),
  }
}

function redactorOf(secrets: readonly string[]): Redactor {
  const redactor = new Redactor()
  redactor.add(secrets)
  return redactor
}

function rateLimitOf(
  source: RunningSource,
  clock: () => number,
  previous: ReceivingSource | undefined,
): RateLimiter | null {
  const limit = source.rateLimit
  if (limit === null) return null
  const before = previous?.source.rateLimit
  const isUnchanged = before?.perSecond === limit.perSecond && before.burst === limit.burst
  if (isUnchanged && previous?.rateLimit) return previous.rateLimit
  return new RateLimiter({ perSecond: limit.perSecond, burst: limit.burst, clock })
}
