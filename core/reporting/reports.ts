import type { RunningConfig } from '../contracts/config.ts'
import type { AuditStore } from '../contracts/document.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreChange, StoreInstance } from '../contracts/store.ts'
import type { TaskRecord } from '../contracts/task.ts'
import { Passes } from '../kit/passes.ts'
import { DocumentClaim } from '../work/document-claim.ts'
import { hasCome } from '../work/document-records.ts'
import { ReportBook } from './book.ts'
import { reportingRules } from './find-tasks.ts'
import { type ReportRecord, readReports } from './record.ts'
import { Reruns } from './reruns.ts'
import { sendReport } from './send-report.ts'

export interface ReportsOptions {
  readonly config: () => RunningConfig
  readonly store: Pick<
    StoreInstance,
    | ('documents' | 'writeDocuments' | 'subscribe')
    | ('task' | 'tasks' | 'events' | 'deliveries' | 'readLog' | 'retry')
  > &
    AuditStore
  readonly nodeName: string
  readonly logger: PluginLogger
  /** Removes secrets from what a provider answered, and from what it is told. */
  readonly redact: (text: string) => string
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

const CLAIM = { collection: 'report-claim', name: 'holder' }
/** What happens within this time is looked at together. */
const SOON_MS = 200
/** A look takes this share of the time at most. */
const MAX_SHARE = 0.1
/** Changes of other nodes may be missed. */
const THOROUGH_MS = 30_000
/** How soon a node looks again whether the one that reports is gone. */
const OTHERS_MS = 5000
const MAX_CHANGED = 10_000
/** Calls to one provider at once. */
const MAX_SENDING = 4

/** Tells providers how the tasks of rules with `report` go. One node at a time does it. */
export class Reports {
  readonly #options: ReportsOptions
  readonly #claim: DocumentClaim
  readonly #reruns: Reruns
  readonly #looks: Passes
  #lost = new AbortController()
  /** Null: this node does not report. */
  #book: ReportBook | null = null
  #changed = new Set<string>()
  #thoroughAt = 0
  /** Per source, until when its provider is left alone. */
  readonly #pausedUntil = new Map<string, number>()
  /** Tasks under way, by the source that is told. */
  readonly #sending = new Map<string, Set<string>>()
  readonly #sends = new Set<Promise<void>>()
  #unsubscribe: (() => void) | null = null

  constructor(options: ReportsOptions) {
    const { store, clock, nodeName: node } = options
    this.#options = options
    this.#claim = new DocumentClaim({ store, clock, node, place: CLAIM })
    this.#reruns = new Reruns(options)
    this.#looks = new Passes({
      pass: () => this.#look(),
      logger: options.logger,
      fault: 'reports are held up',
      maxShare: MAX_SHARE,
    })
  }

  start(): void {
    this.#unsubscribe ??= this.#options.store.subscribe((change) => this.#onChange(change))
    this.#looks.start()
  }

  configChanged(): void {
    this.#thoroughAt = 0
    this.#looks.wake()
  }

  /** Ends what is under way. What was not told is told after the next start. */
  async close(): Promise<void> {
    this.#unsubscribe?.()
    await this.#looks.stop()
    await Promise.all(this.#sends)
    await this.#claim.release().catch(() => {})
  }

  #onChange(change: StoreChange): void {
    if (change.kind === 'missed') this.#thoroughAt = 0
    else if (change.kind === 'task') {
      // Another node reports: it is told as well.
      if (this.#book === null) return
      if (this.#changed.size < MAX_CHANGED) this.#changed.add(change.taskId)
      else this.#thoroughAt = 0
    } else if (change.kind === 'projected') {
      if (this.#book === null || !this.#reruns.areWanted()) return
      this.#reruns.look()
    } else return
    this.#looks.wake(SOON_MS)
  }

  async #look(): Promise<number> {
    try {
      return await this.#lookNow()
    } catch (error) {
      // What is in memory may differ from what is stored.
      this.#book = null
      throw error
    }
  }

  /** Returns for how long nothing has to be done. */
  async #lookNow(): Promise<number> {
    const { store, config, clock } = this.#options
    const rules = reportingRules(config())
    if (this.#book === null && rules.length === 0 && (await readReports(store)).size === 0) {
      return Number.POSITIVE_INFINITY
    }
    if (!this.#claim.isHeld) {
      this.#book = null
      const lost = new AbortController()
      this.#lost = lost
      if (!(await this.#claim.take(() => lost.abort(new Error('another node reports'))))) {
        return OTHERS_MS
      }
    }
    if (this.#book === null) {
      this.#book = await ReportBook.open(this.#options)
      this.#thoroughAt = 0
    }
    const book = this.#book
    const changed = this.#changed
    this.#changed = new Set()
    const isThorough = this.#thoroughAt <= performance.now()
    await book.readChanged(changed)
    if (isThorough || [...changed].some((id) => !book.has(id))) {
      await book.findTasks(rules, isThorough)
    }
    if (isThorough) {
      this.#thoroughAt = performance.now() + THOROUGH_MS
      await book.forgetOld()
      if (this.#reruns.areWanted()) this.#reruns.look()
    }
    await this.#reruns.retryAsked(book)
    this.#sendDue(book)
    const now = clock()
    const next = Math.min(...book.nextTries(now), ...this.#pausedUntil.values()) - now
    return Math.min(THOROUGH_MS, Math.max(SOON_MS, next))
  }

  #sendDue(book: ReportBook): void {
    const now = this.#options.clock()
    for (const [source, until] of this.#pausedUntil) {
      if (hasCome(until, now)) this.#pausedUntil.delete(source)
    }
    for (const { record, task, isUnsure } of book.due(now)) {
      const sending = this.#sending.get(record.to) ?? new Set()
      this.#sending.set(record.to, sending)
      const isBusy = sending.size >= MAX_SENDING || sending.has(record.task)
      if (isBusy || this.#pausedUntil.has(record.to)) continue
      sending.add(record.task)
      const send = this.#send(book, record, task, isUnsure).finally(() => {
        sending.delete(record.task)
        this.#sends.delete(send)
        this.#looks.wake()
      })
      this.#sends.add(send)
    }
  }

  /** Never throws. */
  async #send(
    book: ReportBook,
    before: ReportRecord,
    task: TaskRecord,
    isUnsure: boolean,
  ): Promise<void> {
    const signal = AbortSignal.any([this.#looks.stopping, this.#lost.signal])
    try {
      const record = await sendReport(before, task, isUnsure, { ...this.#options, signal })
      this.#note(record)
      signal.throwIfAborted()
      await book.keep(record)
    } catch (error) {
      if (signal.aborted) return
      this.#options.logger.warn({ err: error, taskId: task.id }, 'a report was not recorded')
      if (this.#book === book) this.#book = null
    }
  }

  /** Leaves a provider alone that cannot answer, and logs what goes wrong. */
  #note({ task: taskId, to, state, fault, nextAt, failures }: ReportRecord): void {
    if (fault === null) return
    const { code, message, remedy } = fault
    const isProvider = code === 'provider_rate_limited' || code === 'provider_unavailable'
    if (isProvider && nextAt !== null) this.#pausedUntil.set(to, nextAt)
    const fields = { taskId, to, state, code, fault: message, remedy }
    if (nextAt === null) this.#options.logger.error(fields, 'a report was given up')
    else if (failures === 1) this.#options.logger.warn(fields, 'a report could not be sent')
  }
}
