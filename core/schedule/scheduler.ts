import { z } from 'zod'
import type { RunningConfig, RunningSource } from '../contracts/config.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Schedule } from '../contracts/source.ts'
import type { AcceptEntry, StoreInstance } from '../contracts/store.ts'
import { Passes } from '../kit/passes.ts'
import { makeDelivery } from '../matching/made-delivery.ts'
import { planEvents } from '../matching/plan-events.ts'
import { RuleIndex } from '../matching/rule-index.ts'
import { DocumentClaim } from '../work/document-claim.ts'
import { documentRecords, isAhead } from '../work/document-records.ts'
import { dueTimes } from './due-times.ts'

const COLLECTION = 'schedules'
const CLAIM = { collection: 'schedule-claim', name: 'all' }
/** No HTTP request has this method. */
const METHOD = 'SCHEDULE'
/** Between two looks at most: another node may have been killed with a time that it had begun. */
const MAX_REST_MS = 15_000

const recordSchema = z.object({ text: z.string(), last: z.number() })

type ScheduleRecord = z.output<typeof recordSchema>

export interface SchedulerOptions {
  readonly config: () => RunningConfig
  readonly store: Pick<StoreInstance, 'documents' | 'writeDocuments' | 'accept'>
  readonly nodeName: string
  readonly logger: PluginLogger
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

interface Scheduled {
  readonly source: RunningSource
  readonly schedule: Schedule
}

/**
 * Commits a delivery for each time of the schedules. One node at a time does; a time that two nodes take is a duplicate in
 * the store, since its event has the time as the sender's id.
 */
export class Scheduler {
  readonly #options: SchedulerOptions
  readonly #looks: Passes
  #rules: { readonly of: RunningConfig; readonly index: RuleIndex } | null = null

  constructor(options: SchedulerOptions) {
    this.#options = options
    this.#looks = new Passes({
      pass: () => this.#look(),
      logger: options.logger,
      fault: 'a time of a schedule could not be taken',
    })
  }

  start(): void {
    this.#looks.start()
  }

  /** Follows the schedules of the new config. */
  configChanged(): void {
    this.#looks.wake()
  }

  close(): Promise<void> {
    return this.#looks.stop()
  }

  /** Takes what is due, once what is under way has ended. Never throws. */
  look(): Promise<void> {
    return this.#looks.now()
  }

  /** Returns for how long nothing is due. */
  async #look(): Promise<number> {
    const { config, clock } = this.#options
    const scheduled = schedulesOf(config())
    if (scheduled.length === 0) return Number.POSITIVE_INFINITY
    await this.#takeDue(scheduled)
    const now = clock()
    const next = scheduled.flatMap(({ schedule }) => schedule.next(new Date(now))?.getTime() ?? [])
    return Math.min(MAX_REST_MS, ...next.map((at) => at - now))
  }

  async #takeDue(scheduled: readonly Scheduled[]): Promise<void> {
    const { store, nodeName, clock } = this.#options
    const read = () => documentRecords(store, COLLECTION, recordSchema)
    const known = await read()
    const isAnyDue = scheduled.some(({ source, schedule }) => {
      const last = this.#lastOf(schedule, known.get(source.name))
      return last === null || dueTimes(schedule, last, clock()).length > 0
    })
    if (!isAnyDue) return
    const claim = new DocumentClaim({ store, clock, node: nodeName, place: CLAIM })
    await claim.hold(async () => {
      // Another node may have taken them meanwhile.
      const records = await read()
      for (const { source, schedule } of scheduled) {
        const last = this.#lastOf(schedule, records.get(source.name))
        if (last === null) await this.#note(source, schedule, clock())
        else await this.#take({ source, schedule }, last)
      }
    })
  }

  /** The last time that was taken. Null: a schedule that is new or another one begins now, and so does one after a wrong clock. */
  #lastOf({ text }: Schedule, record: ScheduleRecord | undefined): number | null {
    const isKnown = record?.text === text && !isAhead(record.last, this.#options.clock())
    return isKnown ? record.last : null
  }

  async #take({ source, schedule }: Scheduled, last: number): Promise<void> {
    for (const { at, isLate } of dueTimes(schedule, last, this.#options.clock())) {
      if (this.#looks.stopping.aborted) return
      await this.#options.store.accept(await this.#entry(source, schedule.body(at, isLate)))
      // Not earlier: a time that was begun when the node was killed is taken again, as a duplicate if it was committed.
      await this.#note(source, schedule, at.getTime())
    }
  }

  async #entry(source: RunningSource, payload: string): Promise<AcceptEntry> {
    const config = this.#options.config()
    if (this.#rules?.of !== config) this.#rules = { of: config, index: new RuleIndex(config.rules) }
    const { delivery, record } = makeDelivery({
      ...{ source: source.name, method: METHOD, path: '', payload, client: null, originalId: null },
      now: this.#options.clock(),
    })
    const parsed = await source.instance.parse(delivery)
    return { delivery: record, events: await planEvents(delivery, parsed, this.#rules.index) }
  }

  async #note({ name }: RunningSource, { text }: Schedule, last: number): Promise<void> {
    const value = JSON.stringify({ text, last })
    await this.#options.store.writeDocuments([{ collection: COLLECTION, name, value }], null)
  }
}

function schedulesOf({ sources }: RunningConfig): readonly Scheduled[] {
  return [...sources.values()].flatMap((source) => {
    const { schedule } = source.instance
    return schedule === undefined ? [] : [{ source, schedule }]
  })
}
