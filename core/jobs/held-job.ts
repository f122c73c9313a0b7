import type { BulkChanged, BulkChanges } from '../contracts/bulk.ts'
import type { DocumentWrite, NewAuditEntry } from '../contracts/document.ts'
import type { AcceptEntry, DeliveryFilter, StoreInstance, TaskFilter } from '../contracts/store.ts'
import { HooklineError } from '../errors/errors.ts'
import { JobItems } from './items.ts'
import { hasEnded, JOBS, type Job, jobWrite, readJobs, type StoredJob } from './job.ts'
import { failItem, isOfStore, planReplays, type ReplayTools } from './plan-replays.ts'

/** Tasks that are changed in one transaction: a few milliseconds of work. */
const TASKS_PER_STEP = 100
const DELIVERIES_PER_STEP = 50
const LIST_PAGE = 200
/** Ids that are kept in one document, or a page more. */
const IDS_PER_STEP = 1000
const SELECT_MS = 2000
const MAX_SELECTED = 250_000
const ENDED_KEPT = 100

export interface JobTools extends ReplayTools {
  readonly store: Pick<StoreInstance, 'bulk' | 'delivery' | 'documents' | 'writeDocuments'>
  readonly lists: Pick<StoreInstance, 'tasks' | 'deliveries'>
  readonly nodeName: string
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** A job that one runner carries out, until it has ended or another runner has it. */
export class HeldJob {
  readonly id: string
  readonly #tools: JobTools
  readonly #holder: string
  #job: Job
  #version: number
  /** Null: to be read. */
  #items: JobItems | null = null
  /** Items that are replayed one by one, to find the one that cannot be committed. */
  #apart = 0

  private constructor(tools: JobTools, holder: string, { id, version, job }: StoredJob) {
    this.id = id
    this.#tools = tools
    this.#holder = holder
    this.#version = version
    this.#job = job
  }

  /** Null if somebody else wrote the job first. */
  static async take(tools: JobTools, holder: string, stored: StoredJob): Promise<HeldJob | null> {
    const held = new HeldJob(tools, holder, stored)
    const { nodeName: node, clock } = tools
    const startedAt = stored.job.startedAt ?? clock()
    const job: Job = { ...stored.job, state: 'running', startedAt, holder, node }
    return (await held.#commit(job)) === null ? null : held
  }

  /**
   * Does a part of the work, and commits it with the progress: selects items, acts on some, or ends the job. Returns
   * whether there is more to do here. Throws what the store throws; then the step can be tried again.
   */
  async step(): Promise<boolean> {
    try {
      this.#items ??= await JobItems.read(this.#tools.store, this.id)
      if (await this.#nextStep(this.#items)) return !hasEnded(this.#job)
      return await this.#readAgain()
    } catch (error) {
      // It may have been committed all the same. Then the next step finds another version.
      this.#items = null
      throw error
    }
  }

  /** Ends the job where it is, unless somebody else has it. */
  async fail(reason: string): Promise<void> {
    if (await this.#readAgain()) await this.#end('failed', reason)
  }

  /** How far it has come, for the log. */
  get progress() {
    const { action, state, done, skipped, failed } = this.#job
    return { job: this.id, action, state, done, skipped, failed }
  }

  /** Lets another runner go on at once. */
  async release(): Promise<void> {
    await this.#commit({ ...this.#job, holder: null, node: null })
  }

  /** False, and nothing is done, if the job was written by somebody else, or by a step that seemed to fail. */
  #nextStep(items: JobItems): Promise<boolean> {
    const { selecting, left, action } = this.#job
    if (selecting !== null) return this.#select(items, selecting)
    if (left === 0) return this.#end('succeeded', null)
    return action === 'replay' ? this.#replay(items) : this.#change(items, action)
  }

  async #select(items: JobItems, from: NonNullable<Job['selecting']>): Promise<boolean> {
    const { lists, before, selected: earlier } = this.#job
    const began = performance.now()
    const found: string[] = []
    let { list, after } = from
    while (list < lists.length) {
      const page = await this.#page(lists[list] ?? {}, after)
      // A task may have changed its state, and with it the list.
      found.push(...page.ids.filter((id) => list === 0 || !items.has(id)))
      if (page.next === null) list++
      after = page.next ?? before
      if (found.length >= IDS_PER_STEP || performance.now() - began > SELECT_MS) break
    }
    const ids = found.slice(0, MAX_SELECTED - earlier)
    const selected = earlier + ids.length
    const isDone = list >= lists.length || selected >= MAX_SELECTED
    const job = {
      ...this.#job,
      selecting: isDone ? null : { list, after },
      selected,
      left: selected,
    }
    return (await this.#commit(job, { writes: items.add(ids) })) !== null
  }

  async #page(filter: object, after: string) {
    const { lists } = this.#tools
    const request = { ...filter, after, limit: LIST_PAGE }
    const { items, next } =
      this.#job.action === 'replay'
        ? await lists.deliveries(request as DeliveryFilter)
        : await lists.tasks(request as TaskFilter)
    return { ids: items.map(({ id }) => id), next }
  }

  async #change(items: JobItems, action: 'retry' | 'cancel'): Promise<boolean> {
    const { left, done, skipped, taskStates: states } = this.#job
    const ids = items.oldest(left, TASKS_PER_STEP)
    const job = { ...this.#job, left: left - ids.length, done: done + ids.length }
    const tasks = { action, ids, states }
    const changed = await this.#commit(job, { writes: items.drop(job.left), tasks })
    if (changed === null) return false
    // How many were in another state is known only now, so it is committed with the next step.
    const unchanged = ids.length - changed.tasks
    this.#job = { ...job, done: job.done - unchanged, skipped: skipped + unchanged }
    return true
  }

  async #replay(items: JobItems): Promise<boolean> {
    const ids = items.oldest(this.#job.left, this.#apart > 0 ? 1 : DELIVERIES_PER_STEP)
    const { job, replays } = await planReplays(this.#job, ids, this.#tools)
    const writes = items.drop(job.left)
    const entries = replays.map(({ entry }) => entry)
    try {
      const changed = await this.#commit(job, { writes }, entries)
      for (const replay of replays) {
        if (changed === null) replay.failed(notHeld(this.id))
        else replay.committed()
      }
      this.#apart = Math.max(0, this.#apart - 1)
      return changed !== null
    } catch (error) {
      for (const replay of replays) replay.failed(error)
      if (isOfStore(error) || entries.length === 0) throw error
      this.#items = null
      this.#apart = entries.length > 1 ? ids.length : Math.max(0, this.#apart - 1)
      if (entries.length > 1) return true
      const id = entries[0]?.delivery.originalId ?? ''
      const failed = failItem({ ...job, done: job.done - 1 }, id, error)
      return (await this.#commit(failed, { writes })) !== null
    }
  }

  /** Also deletes what is left of the selection, and the oldest jobs beyond those that are kept. */
  async #end(state: 'succeeded' | 'failed', reason: string | null): Promise<boolean> {
    const { store, clock } = this.#tools
    const job: Job = { ...this.#job, state, reason, endedAt: clock(), holder: null }
    const ended = (await readJobs(store)).filter((other) => hasEnded(other.job))
    const forgotten = ended.slice(ENDED_KEPT - 1).map(({ id: name }) => {
      return { collection: JOBS, name, value: null }
    })
    const items = this.#items ?? (await JobItems.read(store, this.id))
    return this.#write(job, [...items.drop(0), ...forgotten], this.#endOf(job))
  }

  #endOf({ action, state, done, skipped, failed }: Job): NewAuditEntry {
    const { nodeName, clock } = this.#tools
    return {
      at: clock(),
      actor: 'hookline',
      action: 'job.end',
      target: this.id,
      outcome: 'done',
      detail: JSON.stringify({ action, state, done, skipped, failed }),
      client: null,
      node: nodeName,
    }
  }

  async #write(
    job: Job,
    writes: readonly DocumentWrite[],
    audit: NewAuditEntry | null,
  ): Promise<boolean> {
    const own = jobWrite(this.id, job, this.#version)
    const written = await this.#tools.store.writeDocuments([own, ...writes], audit)
    if (written.ok) this.#put(job, written.versions[0])
    return written.ok
  }

  /** Null if the job has another version. */
  async #commit(
    job: Job,
    { writes, tasks }: BulkChanges = { writes: [] },
    entries: readonly AcceptEntry[] = [],
  ): Promise<BulkChanged | null> {
    const own = jobWrite(this.id, job, this.#version)
    const changes = { writes: [own, ...writes], ...(tasks === undefined ? {} : { tasks }) }
    const changed = await this.#tools.store.bulk(changes, entries)
    if (!changed.ok) return null
    this.#put(job, changed.versions[0])
    return changed
  }

  #put(job: Job, version: number | null | undefined): void {
    this.#job = job
    this.#version = version ?? this.#version
  }

  /** Whether this runner still has the job. Goes on from what is stored. */
  async #readAgain(): Promise<boolean> {
    const stored = (await readJobs(this.#tools.store)).find(({ id }) => id === this.id)
    this.#items = null
    if (stored === undefined) return false
    this.#put(stored.job, stored.version)
    return stored.job.holder === this.#holder && !hasEnded(stored.job)
  }
}

/** Why a step is not committed. */
function notHeld(id: string): HooklineError {
  return new HooklineError('job_already_ended', `Job ${id} has ended, or another node has it`)
}
