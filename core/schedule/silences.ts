import { z } from 'zod'
import type { Expectation, RunningConfig } from '../contracts/config.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import { Passes } from '../kit/passes.ts'
import type { OwnEvents } from '../own-events/own-events.ts'
import { DocumentClaim } from '../work/document-claim.ts'
import { documentRecords, isAhead } from '../work/document-records.ts'

const COLLECTION = 'silences'
const CLAIM = { collection: 'silence-claim', name: 'all' }
const LOOK_MS = 60_000

/** `since`: when it was expected first. `told`: the moment from which it was quiet, for which an event was raised. */
const recordSchema = z.object({ since: z.number(), told: z.number().nullable() })

type SilenceRecord = z.output<typeof recordSchema>

export interface SilencesOptions {
  readonly config: () => RunningConfig
  readonly store: Pick<StoreInstance, 'documents' | 'writeDocuments' | 'tasks'>
  readonly ownEvents: Pick<OwnEvents, 'silent'>
  readonly nodeName: string
  readonly logger: PluginLogger
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

interface Expected extends Expectation {
  readonly kind: 'program' | 'rule'
  readonly name: string
}

/** Notices where something is expected and nothing comes. One node at a time looks, once a minute. */
export class Silences {
  readonly #options: SilencesOptions
  readonly #looks: Passes

  constructor(options: SilencesOptions) {
    this.#options = options
    const { logger } = options
    this.#looks = new Passes({
      pass: () => this.#look(),
      logger,
      fault: 'it is not known what is silent',
    })
  }

  start(): void {
    this.#looks.start()
  }

  close(): Promise<void> {
    return this.#looks.stop()
  }

  /** Looks once what is under way has ended. Never throws. */
  look(): Promise<void> {
    return this.#looks.now()
  }

  async #look(): Promise<number> {
    const { config, store, nodeName, clock } = this.#options
    const expected = expectedOf(config())
    if (expected.length === 0) return LOOK_MS
    const claim = new DocumentClaim({ store, clock, node: nodeName, place: CLAIM })
    await claim.hold(async () => {
      const records = await documentRecords(store, COLLECTION, recordSchema)
      for (const one of expected) await this.#check(one, records.get(keyOf(one)))
    })
    return LOOK_MS
  }

  async #check(one: Expected, record: SilenceRecord | undefined): Promise<void> {
    const { store, ownEvents, logger, clock } = this.#options
    const { kind, name, withinMs } = one
    const now = clock()
    if (record === undefined || isAhead(record.since, now)) {
      return this.#note(one, { since: now, told: null })
    }
    // A task of a clock that was ahead would hide the silence.
    const { items } = await store.tasks({ [kind]: name, until: now, limit: 1 })
    const last = items[0]?.createdAt ?? null
    const quietFrom = Math.max(record.since, last ?? 0)
    if (now - quietFrom <= withinMs || record.told === quietFrom) return
    const silence = { kind, name, within_seconds: withinMs / 1000, last: timeOf(last) }
    logger.warn(silence, 'nothing has come for longer than expected')
    await ownEvents.silent(silence, `${keyOf(one)} ${quietFrom}`)
    await this.#note(one, { ...record, told: quietFrom })
  }

  async #note(one: Expected, record: SilenceRecord): Promise<void> {
    const write = { collection: COLLECTION, name: keyOf(one), value: JSON.stringify(record) }
    await this.#options.store.writeDocuments([write], null)
  }
}

function expectedOf({ programs, rules }: RunningConfig): readonly Expected[] {
  return [
    ...[...programs.values()].flatMap(({ name, settings: { expect } }) =>
      expect === null ? [] : [{ kind: 'program' as const, name, ...expect }],
    ),
    ...rules.flatMap(({ id, expect }) =>
      expect === null ? [] : [{ kind: 'rule' as const, name: id, ...expect }],
    ),
  ]
}

function keyOf({ kind, name }: Pick<Expected, 'kind' | 'name'>): string {
  return `${kind} ${name}`
}

function timeOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString()
}
