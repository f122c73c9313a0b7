import type { RunningConfig } from '../contracts/config.ts'
import type { DocumentWrite } from '../contracts/document.ts'
import type { StoreInstance } from '../contracts/store.ts'
import type { TaskRecord } from '../contracts/task.ts'
import { hasCome } from '../work/document-records.ts'
import { findTasks, newReport, type ReportingRule, seenAt, unseenSince } from './find-tasks.ts'
import {
  deletionOf,
  isConclusion,
  isOpen,
  marksWrite,
  type ReportRecord,
  readMarks,
  readReports,
  writeOf,
} from './record.ts'
import { isNews } from './send-report.ts'
import { stateToTell } from './told.ts'

/** Records of ended reports that are kept, for people to see. */
const MAX_ENDED = 2000
/** Younger ones are kept in any case: their tasks would be found as new ones. */
const MIN_AGE_MS = 60 * 60_000
const NO_COMMIT = /^0*$/

export interface BookOptions {
  readonly config: () => RunningConfig
  readonly store: Pick<StoreInstance, 'documents' | 'writeDocuments' | 'task' | 'tasks' | 'events'>
  readonly clock: () => number
}

interface Entry {
  record: ReportRecord
  /** As it was last read; null: not yet. */
  task: TaskRecord | null
  /** Whether this process has made no call for it yet, and another one may have. */
  isUnsure: boolean
}

/** A report that can be sent now. */
export interface DueReport extends Entry {
  readonly task: TaskRecord
}

/** The records of all reports, of which only the node that reports writes any, and the tasks that they are about. */
export class ReportBook {
  readonly #options: BookOptions
  readonly #entries: Map<string, Entry>
  readonly #marks: Map<string, number>

  private constructor(
    options: BookOptions,
    entries: Map<string, Entry>,
    marks: Map<string, number>,
  ) {
    this.#options = options
    this.#entries = entries
    this.#marks = marks
  }

  static async open(options: BookOptions): Promise<ReportBook> {
    const records = await readReports(options.store)
    const entries = [...records].map(
      ([id, record]) => [id, { record, task: null, isUnsure: record.ref === null }] as const,
    )
    return new ReportBook(options, new Map(entries), await readMarks(options.store))
  }

  has(taskId: string): boolean {
    return this.#entries.has(taskId)
  }

  /** The record of a task, or all. */
  records(taskId: string | null): readonly ReportRecord[] {
    const entries = taskId === null ? [...this.#entries.values()] : [this.#entries.get(taskId)]
    return entries.flatMap((entry) => entry?.record ?? [])
  }

  /** Reads those of the tasks that there are records of. */
  async readChanged(taskIds: Iterable<string>): Promise<void> {
    for (const id of taskIds) {
      const entry = this.#entries.get(id)
      if (entry !== undefined) await this.#read(entry)
    }
  }

  /** Finds the tasks of rules that report. Thoroughly: whatever happened meanwhile to any of them. */
  async findTasks(rules: readonly ReportingRule[], isThorough: boolean): Promise<void> {
    const { store, clock } = this.#options
    const seen = new Set<string>()
    await this.#forgetMarks(rules)
    for (const rule of rules) {
      const since = unseenSince(this.#marks, rule.id, clock())
      const isKnown = (id: string) => this.#entries.has(id)
      const isFirst = !this.#marks.has(rule.id)
      const found: ReportRecord[] = []
      let newest = this.#marks.get(rule.id) ?? clock()
      for await (const task of findTasks({ store, rule: rule.id, since, isKnown, isThorough })) {
        seen.add(task.id)
        newest = Math.max(newest, task.createdAt)
        const entry = this.#entries.get(task.id)
        if (entry !== undefined) entry.task = task
        else {
          const record = newReport(task, rule.report, await this.#placeOf(task, rule))
          this.#entries.set(task.id, { record, task, isUnsure: false })
          found.push(record)
        }
      }
      this.#marks.set(rule.id, newest)
      if (found.length > 0 || isFirst) await this.#write(found.map(writeOf))
    }
    if (!isThorough) return
    for (const [id, entry] of this.#entries) {
      if (!seen.has(id) && isOpen(entry.record)) await this.#read(entry)
    }
  }

  /** Reports that the provider should have now: ends first, then the oldest. */
  due(now: number): readonly DueReport[] {
    const due = [...this.#entries.values()].filter(
      (entry): entry is DueReport =>
        entry.task !== null &&
        (isNews(entry.record, entry.task) ||
          (entry.record.nextAt !== null && hasCome(entry.record.nextAt, now))),
    )
    const rank = ({ task }: DueReport) => (isConclusion(stateToTell(task)) ? 0 : 1)
    return due.toSorted(
      (one, other) => rank(one) - rank(other) || (one.task.id < other.task.id ? -1 : 1),
    )
  }

  /** When failed ones are tried again. */
  nextTries(now: number): readonly number[] {
    return [...this.#entries.values()].flatMap(({ record: { nextAt } }) =>
      nextAt === null || hasCome(nextAt, now) ? [] : [nextAt],
    )
  }

  async keep(record: ReportRecord): Promise<void> {
    const entry = this.#entries.get(record.task)
    // Another run may have been asked for since the call began.
    const kept = entry === undefined ? record : { ...record, rerun: entry.record.rerun }
    if (entry !== undefined) Object.assign(entry, { record: kept, isUnsure: false })
    await this.#options.store.writeDocuments([writeOf(kept)], null)
  }

  /** Keeps that a delivery asked for another run of a task. */
  async keepRequest(taskId: string, deliveryId: string): Promise<void> {
    const entry = this.#entries.get(taskId)
    if (entry === undefined) return
    entry.record = { ...entry.record, rerun: deliveryId }
    await this.#options.store.writeDocuments([writeOf(entry.record)], null)
  }

  /** Deletes records of reports that ended long ago. Only after all tasks were looked for. */
  async forgetOld(): Promise<void> {
    const before = this.#options.clock() - MIN_AGE_MS
    const ended = [...this.#entries.values()].filter(({ record }) => !isOpen(record))
    // Ids sort by time.
    const excess = ended
      .toSorted((one, other) => (one.record.task < other.record.task ? -1 : 1))
      .slice(0, Math.max(0, ended.length - MAX_ENDED))
      .filter(({ record }) => Math.max(record.since, record.toldAt ?? 0) < before)
    if (excess.length === 0) return
    // So that their tasks are not found as new ones, however long their rules have had no other.
    for (const [rule, mark] of this.#marks) this.#marks.set(rule, Math.max(mark, seenAt(before)))
    await this.#write(excess.map(({ record }) => deletionOf(record)))
    for (const { record } of excess) this.#entries.delete(record.task)
  }

  /** A rule that has a report again later begins anew: it did not report what happened meanwhile. */
  async #forgetMarks(rules: readonly ReportingRule[]): Promise<void> {
    const gone = [...this.#marks.keys()].filter((rule) => rules.every(({ id }) => id !== rule))
    for (const rule of gone) this.#marks.delete(rule)
    if (gone.length > 0) await this.#write([])
  }

  async #read(entry: Entry): Promise<void> {
    const task = await this.#options.store.task(entry.record.task)
    if (task !== null) {
      entry.task = task
      return
    }
    // It was deleted, so there is nothing left to tell.
    this.#entries.delete(entry.record.task)
    await this.#options.store.writeDocuments([deletionOf(entry.record)], null)
  }

  /** What the event names to report on. */
  async #placeOf(
    task: TaskRecord,
    { report }: ReportingRule,
  ): Promise<Pick<ReportRecord, 'repository' | 'commit'>> {
    const reporter = this.#options.config().sources.get(report.to)?.instance.reporter
    if (reporter?.needsCommit === false) return { repository: '', commit: '' }
    const events = await this.#options.store.events(task.deliveryId)
    const { repository, commit } = events.find(({ id }) => id === task.eventId)?.facts ?? {}
    const isNamed = typeof repository === 'string' && typeof commit === 'string'
    if (!isNamed || repository === '' || NO_COMMIT.test(commit)) {
      return { repository: '', commit: null }
    }
    return { repository, commit }
  }

  async #write(writes: readonly DocumentWrite[]): Promise<void> {
    await this.#options.store.writeDocuments([...writes, marksWrite(this.#marks)], null)
  }
}
