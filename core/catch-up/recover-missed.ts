import type { RunningConfig } from '../contracts/config.ts'
import type { MissedDelivery } from '../contracts/provider/missed.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { isHooklineError } from '../errors/errors.ts'
import { outcomeOfError } from '../receive/outcome.ts'
import type { Receiver } from '../receive/receiver.ts'
import type { Feed } from './feed.ts'

/** A missed delivery and what became of it. `missed` in a dry run; `failed`: it is tried again later. */
export interface FoundDelivery {
  readonly senderId: string
  readonly type: string
  /** ISO 8601 in UTC. */
  readonly sentAt: string
  readonly outcome: 'verified' | 'fetched' | 'duplicate' | 'refused' | 'gone' | 'failed' | 'missed'
  /** Id of the stored delivery. */
  readonly delivery: string | null
}

export interface RecoverTools {
  readonly config: RunningConfig
  readonly store: Pick<StoreInstance, 'knownSenderIds'>
  readonly receiver: Pick<Receiver, 'recover'>
  readonly signal: AbortSignal
  /** Senders' ids, with their sources, that are not to be tried again: refused, or gone at the provider. */
  readonly settled: Set<string>
  readonly isDryRun: boolean
  readonly onFound: (found: FoundDelivery) => void
}

const PAGE = 100
/** Deliveries in a row that fail for a reason of their own, after which the provider or this service is the reason. */
const MAX_POSTPONED = 3
const MAX_SETTLED = 10_000
const ENDS = ['provider_unauthorized', 'provider_forbidden', 'provider_rate_limited']
const GONE = ['provider_not_found', 'provider_refused', 'provider_answer_unusable']
const HERE = ['store_unavailable', 'store_damaged', 'overloaded']

/**
 * Takes all missed deliveries of a feed in, the oldest first. Throws what ends it: a fault of the provider or of the
 * store, or that of a delivery that has to be tried again, after all others were taken.
 */
export async function recoverMissed(
  feed: Feed,
  hook: string,
  since: Date,
  tools: RecoverTools,
): Promise<void> {
  const { signal, settled, isDryRun, onFound } = tools
  let postponed: unknown = null
  let inRow = 0
  for await (const missed of unknownOf(feed, hook, since, tools)) {
    const { senderId, type } = missed
    const about = { senderId, type, sentAt: missed.sentAt.toISOString() }
    if (isDryRun) {
      onFound({ ...about, outcome: 'missed', delivery: null })
      continue
    }
    signal.throwIfAborted()
    try {
      onFound({ ...about, ...(await take(feed, missed, tools)) })
      inRow = 0
    } catch (error) {
      signal.throwIfAborted()
      const became = meaningOf(error)
      if (became === 'end') throw error
      onFound({ ...about, outcome: became, delivery: null })
      if (became === 'failed') {
        postponed = error
        inRow++
        if (inRow === MAX_POSTPONED) throw error
      } else {
        if (settled.size >= MAX_SETTLED) settled.clear()
        settled.add(keyOf(feed, senderId))
      }
    }
  }
  if (postponed !== null) throw postponed
}

async function take(
  { source }: Feed,
  missed: MissedDelivery,
  { receiver, signal }: RecoverTools,
): Promise<Pick<FoundDelivery, 'outcome' | 'delivery'>> {
  const { receipt, recovered } = await receiver.recover(source, await missed.fetch(signal))
  const outcome = receipt.duplicate ? 'duplicate' : recovered
  return { outcome, delivery: receipt.deliveryId }
}

/** Those that a rule wants and that did not arrive. */
async function* unknownOf(
  feed: Feed,
  hook: string,
  since: Date,
  { config, store, signal, settled }: RecoverTools,
): AsyncGenerator<MissedDelivery> {
  const { source, target, missed } = feed
  let page: MissedDelivery[] = []
  const unknown = async () => {
    const ids = page.map(({ senderId }) => senderId)
    const known = new Set(await store.knownSenderIds(source, ids))
    const found = page.filter(({ senderId }) => !known.has(senderId))
    page = []
    return found
  }
  for await (const one of missed.list({ target, hook, since, signal })) {
    if (!isWanted(config, source, one.type) || settled.has(keyOf(feed, one.senderId))) continue
    page.push(one)
    if (page.length === PAGE) yield* await unknown()
  }
  if (page.length > 0) yield* await unknown()
}

function keyOf({ source }: Feed, senderId: string): string {
  return JSON.stringify([source, senderId])
}

/** The provider's list may not tell the last parts of a type. */
function isWanted({ rules }: RunningConfig, source: string, type: string): boolean {
  const name = `${source}.${type}.`
  return rules.some(({ on }) => name.startsWith(`${on}.`) || `${on}.`.startsWith(name))
}

function meaningOf(error: unknown): 'end' | 'gone' | 'refused' | 'failed' {
  if (!isHooklineError(error)) return 'failed'
  if (ENDS.includes(error.code) || HERE.includes(error.code)) return 'end'
  if (GONE.includes(error.code)) return 'gone'
  return outcomeOfError(error).outcome === 'refused' ? 'refused' : 'failed'
}
