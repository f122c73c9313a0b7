import { z } from 'zod'
import type { RunningConfig, RunningSource } from '../contracts/config.ts'
import type { DocumentStore, StoredDocument } from '../contracts/document.ts'
import type { MissedDeliveries } from '../contracts/provider/missed.ts'
import type { HookRegistrar } from '../contracts/provider/registration.ts'
import { HooklineError } from '../errors/errors.ts'
import { webhookPath } from '../settings/webhook-path.ts'
import type { ClaimHolder } from '../work/claim-holder.ts'

const COLLECTION = 'catch-up'
/** After a crash, others wait this long, unless the holder is known to be gone. */
const CLAIM_MS = 15_000
const RENEW_MS = 5_000

const recordSchema = z.object({
  source: z.string(),
  target: z.string(),
  /** Nothing before is asked for unless a person does: when this target was first looked at. */
  knownSince: z.number(),
  /** Everything that was sent before is settled. All times are milliseconds since the epoch. */
  from: z.number(),
  holder: z.string().nullable(),
  heldUntil: z.number(),
  nextAt: z.number(),
  /** The provider takes no calls before. */
  notBefore: z.number(),
  /** Failures in a row. */
  failures: z.int(),
  fault: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).nullable(),
  /** When it last went through without a fault. */
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

export type FeedPlace = Pick<Feed, 'source' | 'target'>

/** A feed, and what is known about it; null if it was never looked at. */
export interface ListedFeed {
  readonly feed: FeedPlace
  readonly record: FeedRecord | null
}

/** Whether missed deliveries of a source can be asked for. */
export function hasFeeds({ instance }: RunningSource): boolean {
  const { registrar, missed } = instance
  return missed !== undefined && (missed.at ?? registrar) !== undefined
}

/** The feeds of a config, in its order. `added` are targets that it need not name. */
export function feedsOf(
  { sources, settings }: RunningConfig,
  added: readonly FeedPlace[],
): readonly Feed[] {
  return [...sources.values()].flatMap(({ name, instance: { registrar, missed } }) => {
    if (missed === undefined) return []
    const url = settings.publicUrl + webhookPath(name)
    const others = added.filter(({ source }) => source === name).map(({ target }) => target)
    const targets = new Set(missed.at?.targets ?? [...(registrar?.targets ?? []), ...others])
    return [...targets].map((target) => ({ source: name, target, url, registrar, missed }))
  })
}

export function feedName({ source, target }: FeedPlace): string {
  return JSON.stringify([source, target])
}

/** All records by `feedName`. What a newer version wrote otherwise is left out. */
export async function readFeeds(store: FeedStore): Promise<ReadonlyMap<string, FeedRecord>> {
  const documents = await store.documents(COLLECTION)
  return new Map(
    documents.flatMap((document) => {
      const record = readRecord(document)
      return record === null ? [] : [[document.name, record] as const]
    }),
  )
}

function readRecord({ value }: StoredDocument): FeedRecord | null {
  return recordSchema.safeParse(JSON.parse(value)).data ?? null
}

/** The record of a feed that this node alone works on, until it gives it up or the claim ends. */
export class HeldFeed {
  readonly #store: FeedStore
  readonly #name: string
  readonly #clock: () => number
  #version: number | null
  #record: FeedRecord
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<unknown> = Promise.resolve()

  private constructor(
    store: FeedStore,
    clock: () => number,
    record: FeedRecord,
    version: number | null,
  ) {
    this.#store = store
    this.#clock = clock
    this.#record = record
    this.#version = version
    this.#name = feedName(record)
  }

  /** Null: another node works on it. */
  static async take(
    store: FeedStore,
    { source, target }: FeedPlace,
    claimant: ClaimHolder,
    clock: () => number,
  ): Promise<HeldFeed | null> {
    const name = feedName({ source, target })
    const found = (await store.documents(COLLECTION)).find((document) => document.name === name)
    const now = clock()
    const known = found === undefined ? null : readRecord(found)
    if (known !== null && !claimant.mayTake({ ...known, until: known.heldUntil }, now)) return null
    const times = { knownSince: now, from: now, nextAt: now, notBefore: 0, heldUntil: 0 }
    const nothing = { failures: 0, fault: null, succeededAt: null, recovered: 0, holder: null }
    const record = known ?? { source, target, ...times, ...nothing }
    const held = new HeldFeed(store, clock, record, found?.version ?? null)
    // Due until it is done: if this node is killed, others go on as soon as the claim has ended.
    const claim = { holder: claimant.text, heldUntil: now + CLAIM_MS }
    const nextAt = Math.min(record.nextAt, now)
    return (await held.#write({ ...claim, nextAt })) ? held : null
  }

  get record(): FeedRecord {
    return this.#record
  }

  /** Extends the claim until it is given up. `onLost` is called if that fails or another node has taken it. */
  keep(onLost: (error: unknown) => void): void {
    const renew = async () => {
      if (await this.#write({ heldUntil: this.#clock() + CLAIM_MS })) return
      throw new HooklineError('overloaded', 'Another node has taken over to ask for deliveries')
    }
    this.#timer = setInterval(() => void renew().catch(onLost), RENEW_MS).unref()
  }

  /** Writes what was found out, and gives the claim up. Nothing happens if another node has taken it. */
  async release(changes: Partial<FeedRecord>): Promise<void> {
    clearInterval(this.#timer)
    await this.#write({ ...changes, holder: null, heldUntil: 0 })
  }

  #write(changes: Partial<FeedRecord>): Promise<boolean> {
    const written = this.#writing.then(() => this.#writeNext(changes))
    this.#writing = written.catch(() => {})
    return written
  }

  async #writeNext(changes: Partial<FeedRecord>): Promise<boolean> {
    const record = { ...this.#record, ...changes }
    const value = JSON.stringify(record)
    const write = { collection: COLLECTION, name: this.#name, value, expect: this.#version }
    const written = await this.#store.writeDocuments([write], null)
    if (!written.ok) return false
    this.#version = written.versions[0] ?? null
    this.#record = record
    return true
  }
}
