import { z } from 'zod'
import type { RunningConfig, RunningSource } from '../contracts/config.ts'
import type { DocumentStore } from '../contracts/document.ts'
import type { MissedDeliveries } from '../contracts/provider/missed.ts'
import type { HookRegistrar } from '../contracts/provider/registration.ts'
import { type ProviderPlace, placeName } from '../sdk/api/place.ts'
import { webhookPath } from '../settings/webhook-path.ts'
import { documentRecords, hasCome, isAhead } from '../work/document-records.ts'

const COLLECTION = 'catch-up'
const CLAIMS = 'catch-up-claim'

const recordSchema = z.object({
  source: z.string(),
  target: z.string(),
  /** Nothing before is asked for unless a person does: when this target was first looked at. */
  knownSince: z.number(),
  /** Everything that was sent before is settled. All times are milliseconds since the epoch. */
  from: z.number(),
  nextAt: z.number(),
  /** The provider takes no calls before. */
  notBefore: z.number(),
  /** Failures in a row. */
  failures: z.int(),
  fault: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).nullable(),
  /** When its provider last told all that did not arrive. */
  succeededAt: z.number().nullable(),
  /** How many deliveries were ever recovered. */
  recovered: z.int(),
})

/** What is known about the missed deliveries of one source at one target. */
export type FeedRecord = z.output<typeof recordSchema>

export type FeedStore = Pick<DocumentStore, 'documents' | 'writeDocuments'>

/** Where the missed deliveries of one source can be asked for. */
export interface Feed {
  readonly source: string
  readonly target: string
  /** Where its provider delivers. */
  readonly url: string
  /** Absent: `missed` says where it is asked. */
  readonly registrar: HookRegistrar | undefined
  readonly missed: MissedDeliveries
}

/** A feed, and what is known about it; null if it was never looked at. */
export interface ListedFeed {
  readonly feed: ProviderPlace
  readonly record: FeedRecord | null
  /** Whether a node asks right now. */
  readonly isAsking: boolean
}

/** Whether missed deliveries of a source can be asked for. */
export function hasFeeds({ instance }: RunningSource): boolean {
  const { registrar, missed } = instance
  return missed !== undefined && (missed.at ?? registrar) !== undefined
}

/** The feeds of a config, in its order. `added` are targets that it need not name. */
export function feedsOf(
  { sources, settings }: RunningConfig,
  added: readonly ProviderPlace[],
): readonly Feed[] {
  return [...sources.values()].flatMap(({ name, path, instance: { registrar, missed } }) => {
    if (missed === undefined) return []
    const url = settings.publicUrl + webhookPath(name, path)
    const others = added.filter(({ source }) => source === name).map(({ target }) => target)
    const targets = new Set(missed.at?.targets ?? [...(registrar?.targets ?? []), ...others])
    return [...targets].map((target) => ({ source: name, target, url, registrar, missed }))
  })
}

/** All records by `placeName`. What a newer version wrote otherwise is left out. */
export function readFeeds(store: FeedStore): Promise<ReadonlyMap<string, FeedRecord>> {
  return documentRecords(store, COLLECTION, recordSchema)
}

export async function writeFeed(store: FeedStore, record: FeedRecord): Promise<void> {
  const value = JSON.stringify(record)
  await store.writeDocuments([{ collection: COLLECTION, name: placeName(record), value }], null)
}

/** What is known about a feed that was never looked at. */
export function newFeed({ source, target }: ProviderPlace, now: number): FeedRecord {
  const times = { knownSince: now, from: now, nextAt: now, notBefore: 0 }
  return { source, target, ...times, failures: 0, fault: null, succeededAt: null, recovered: 0 }
}

/** Whether its provider takes no calls now. */
export function isBarred({ notBefore }: FeedRecord, now: number): boolean {
  return !hasCome(notBefore, now)
}

/** Whether a feed with this record, or with none, is to be asked now. `maxMs` is how long it is put off at most, unless its provider asks for more. */
export function isDue(record: FeedRecord | undefined, now: number, maxMs: number): boolean {
  if (record === undefined) return true
  if (isBarred(record, now)) return false
  return isAhead(record.from, now) || hasCome(record.nextAt, now, maxMs)
}

/** Where it is claimed that a node works on a feed. */
export function claimOf(feed: ProviderPlace) {
  return { collection: CLAIMS, name: placeName(feed) }
}

/** Names of the feeds that a node works on. */
export async function claimedFeeds(store: FeedStore): Promise<ReadonlySet<string>> {
  return new Set((await store.documents(CLAIMS)).map(({ name }) => name))
}
