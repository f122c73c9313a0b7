import type { RunningConfig } from '../contracts/config.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { StoreInstance } from '../contracts/store.ts'
import type { PendingApproval } from '../contracts/task.ts'
import { Passes } from '../kit/passes.ts'
import { OWN_SOURCE } from '../own-events/catalog.ts'
import type { OwnEvents } from '../own-events/own-events.ts'
import { DocumentClaim } from '../work/document-claim.ts'
import { approvalOf } from './rule-approval.ts'
import { waitKey } from './wait-key.ts'

const CLAIM = { collection: 'approval-claim', name: 'all' }
const LOOK_MS = 2_000
/** Where no rule asks for an approval: a task of an earlier config may wait. */
const IDLE_MS = 60_000
const PAGE = 500

export interface ApprovalsOptions {
  readonly config: () => RunningConfig
  readonly store: Pick<
    StoreInstance,
    | ('pendingApprovals' | 'decide' | 'task' | 'accept' | 'knownSenderIds')
    | ('documents' | 'writeDocuments')
  >
  readonly ownEvents: Pick<OwnEvents, 'approvalRequested' | 'approvalEnded'>
  readonly nodeName: string
  readonly logger: PluginLogger
  /** Milliseconds since the epoch. */
  readonly clock: () => number
}

/** Tells of tasks that wait for an approval, and ends the wait of those whose time is over. Every node looks. */
export class Approvals {
  readonly #options: ApprovalsOptions
  readonly #looks: Passes
  /** Waits that an event was raised for, or that nobody wants to hear of. */
  #told: ReadonlySet<string> = new Set()

  constructor(options: ApprovalsOptions) {
    this.#options = options
    this.#looks = new Passes({
      pass: () => this.#look(),
      logger: options.logger,
      fault: 'tasks that wait for approval were not looked at',
    })
  }

  start(): void {
    this.#looks.start(LOOK_MS)
  }

  /** The rules of the new config may ask for approvals. */
  configChanged(): void {
    this.#looks.wake(LOOK_MS)
  }

  close(): Promise<void> {
    return this.#looks.stop()
  }

  /** Looks once what is under way has ended. Never throws. */
  look(): Promise<void> {
    return this.#looks.now()
  }

  /** Returns when to look again. */
  async #look(): Promise<number> {
    const pending = await this.#pending()
    for (const { taskId, isOver } of pending) if (isOver) await this.#expire(taskId)
    const waiting = pending.filter(({ isOver }) => !isOver)
    const news = waiting.filter((one) => !this.#told.has(keyOf(one)))
    if (news.length > 0) await this.#tell(news)
    const keys = new Set(waiting.map(keyOf))
    this.#told = new Set([...this.#told].filter((key) => keys.has(key)))
    const asks = this.#options
      .config()
      .rules.some(
        ({ approval, steps }) => approval !== null || steps.some((step) => step.approval !== null),
      )
    return asks ? LOOK_MS : IDLE_MS
  }

  async #pending(): Promise<readonly PendingApproval[]> {
    const all: PendingApproval[] = []
    for (let after = ''; ; ) {
      const page = await this.#options.store.pendingApprovals({ after, limit: PAGE })
      all.push(...page)
      after = page.at(-1)?.taskId ?? after
      if (page.length < PAGE) return all
    }
  }

  /** The store decides by its own clock, and once, whichever node asks. */
  async #expire(taskId: string): Promise<void> {
    const { store, ownEvents, logger } = this.#options
    const task = await store.task(taskId)
    if (task?.approval == null) return
    const reason = `nobody approved it within ${task.approval.timeoutMs / 1000} s`
    const decision = { state: 'expired', by: null, reason } as const
    const ended = await store.decide(taskId, decision, ownEvents.approvalEnded(task, decision))
    if (ended !== null) logger.warn({ taskId, program: task.program, reason }, 'task cancelled')
  }

  /** One node at a time does, so that a wait has one event. */
  async #tell(news: readonly PendingApproval[]): Promise<void> {
    const { store, nodeName, clock } = this.#options
    const claim = new DocumentClaim({ store, clock, node: nodeName, place: CLAIM })
    await claim.hold(async () => {
      const known = new Set(await store.knownSenderIds(OWN_SOURCE, news.map(keyOf)))
      const told = new Set(this.#told)
      for (const one of news) {
        if (!known.has(keyOf(one))) await this.#tellOf(one)
        told.add(keyOf(one))
      }
      this.#told = told
    })
  }

  async #tellOf(pending: PendingApproval): Promise<void> {
    const { store, ownEvents, config } = this.#options
    const task = await store.task(pending.taskId)
    if (task?.approval?.state !== 'pending') return
    const { by } = approvalOf(config(), task)
    const entry = ownEvents.approvalRequested(task, { by, id: keyOf(pending) })
    if (entry !== null) await store.accept(entry)
  }
}

function keyOf({ taskId, until }: PendingApproval): string {
  return waitKey(taskId, until)
}
