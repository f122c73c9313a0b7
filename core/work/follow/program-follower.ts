import type { RunningProgram } from '../../contracts/config.ts'
import type { EndOutcome } from '../../contracts/executor.ts'
import type { HandedOverTask } from '../../contracts/store.ts'
import { withTimeLimit } from '../../kit/time-limit.ts'
import { storeRetryMs } from '../backoff.ts'
import type { DocumentClaim } from '../document-claim.ts'
import { describeFault } from '../fault.ts'
import { FollowedRun, type FollowTools } from './followed-run.ts'

/** How often a node without such runs looks whether there are any. */
const IDLE_MS = 5000
const MIN_WAIT_MS = 200
const PAGE = 2000
/** Limit of one call of the executor: an engine that hangs is asked again. */
const CALL_SECONDS = 60
/** After its time limit, an engine has this long to say that a run has ended. */
const END_SECONDS = 60
const MAX_ENGINE_RETRY_MS = 60_000

export interface ProgramFollowerOptions extends FollowTools {
  /** Null: the program is no longer in the config, or hands nothing over. */
  readonly program: () => RunningProgram | null
  readonly name: string
  /** Lets one node at a time follow the program's runs. */
  readonly claim: DocumentClaim
}

/** Follows the runs of one program that were handed over to an outside engine, by this node or by another one. */
export class ProgramFollower {
  readonly #options: ProgramFollowerOptions
  readonly #stopped = new AbortController()
  /** What is known of each run, by the id of its task. */
  #runs = new Map<string, FollowedRun>()
  /** References that the engine named. */
  readonly #named = new Set<string>()
  #running: Promise<void> | null = null
  #woken = false
  #endWait: (() => void) | null = null
  #unwatch: (() => void) | null = null
  #watched: RunningProgram['instance'] | null = null
  #engineFailures = 0
  #storeFailures = 0

  constructor(options: ProgramFollowerOptions) {
    this.#options = options
  }

  start(): void {
    this.#running ??= this.#follow()
  }

  /** There may be a new run, or one that is to be cancelled. */
  wake(): void {
    this.#woken = true
    this.#endWait?.()
  }

  /** Whether this node follows the task's run. */
  follows(taskId: string): boolean {
    return this.#runs.has(taskId)
  }

  /** Lets another node follow the runs at once. Never throws. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    this.wake()
    await this.#running
  }

  async #follow(): Promise<void> {
    const { logger, name, claim } = this.#options
    while (!this.#stopped.signal.aborted) {
      this.#woken = false
      let waitMs: number
      try {
        waitMs = await this.#pass()
        this.#storeFailures = 0
      } catch (error) {
        this.#storeFailures++
        const fields = { program: name, fault: describeFault(error) }
        if (this.#storeFailures === 1) logger.error(fields, 'runs at an engine cannot be followed')
        waitMs = storeRetryMs(this.#storeFailures)
      }
      if (!this.#woken) await this.#wait(waitMs)
    }
    await this.#letGo()
    await claim.release().catch((error) => {
      logger.warn({ program: name, fault: describeFault(error) }, 'a claim runs out by itself')
    })
  }

  /** Looks at the runs that are due. Returns how long to wait, in milliseconds. */
  async #pass(): Promise<number> {
    const { claim, clock } = this.#options
    const program = this.#options.program()
    const tasks = program === null ? [] : await this.#list()
    if (program === null || tasks.length === 0) {
      await this.#letGo()
      if (claim.isHeld) await claim.release()
      return IDLE_MS
    }
    if (!claim.isHeld && !(await claim.take())) {
      await this.#letGo()
      return IDLE_MS
    }
    this.#watch(program)
    const runs = await this.#refresh(tasks, program)
    const now = clock()
    const due = runs.filter((run) => run.isDue(now) || this.#named.has(run.ref))
    for (const { ref } of due) this.#named.delete(ref)
    for (let start = 0; start < due.length; start += PAGE) {
      if (this.#stopped.signal.aborted) return 0
      await this.#look(program, due.slice(start, start + PAGE))
    }
    const left = [...this.#runs.values()].map((run) => run.nextLookAt)
    return Math.min(IDLE_MS, Math.max(MIN_WAIT_MS, Math.min(...left) - clock()))
  }

  async #list(): Promise<readonly HandedOverTask[]> {
    const { store, name } = this.#options
    const tasks: HandedOverTask[] = []
    for (;;) {
      const last = tasks.at(-1)
      const after = last === undefined ? {} : { after: last.lease.taskId }
      const page = await store.handedOver(name, { ...after, limit: PAGE })
      tasks.push(...page)
      if (page.length < PAGE) return tasks
    }
  }

  /** Takes on what is new, and drops what has been settled. */
  async #refresh(
    tasks: readonly HandedOverTask[],
    program: RunningProgram,
  ): Promise<readonly FollowedRun[]> {
    const before = this.#runs
    this.#runs = new Map()
    for (const task of tasks) {
      const { taskId, fence } = task.lease
      const known = before.get(taskId)
      const isSame = known?.lease.fence === fence
      if (isSame) before.delete(taskId)
      const run = isSame ? known : new FollowedRun(this.#options, task)
      run.update(task, program.settings)
      this.#runs.set(taskId, run)
    }
    for (const run of before.values()) await run.letGo()
    return [...this.#runs.values()]
  }

  /** Asks the engine about runs, settles those that have ended, and ends those that should. */
  async #look(program: RunningProgram, runs: readonly FollowedRun[]): Promise<void> {
    const outcomes = await this.#ask(program, runs)
    if (outcomes === null) return
    const settled: Promise<void>[] = []
    const unwanted: FollowedRun[] = []
    for (const [index, run] of runs.entries()) {
      const outcome = outcomes[index] ?? null
      if (outcome !== null) settled.push(this.#settle(run, program, outcome))
      else if (run.isUnwanted) unwanted.push(run)
    }
    await Promise.all(settled)
    if (unwanted.length > 0) await this.#cancel(program, unwanted)
  }

  /** Null: nothing is known just now. */
  async #ask(
    { instance }: RunningProgram,
    runs: readonly FollowedRun[],
  ): Promise<readonly (EndOutcome | null)[] | null> {
    const { clock } = this.#options
    try {
      const signal = this.#callSignal()
      const asked =
        instance.follow?.(
          runs.map(({ run }) => run),
          signal,
        ) ?? []
      const outcomes = await limited(Promise.resolve(asked))
      for (const run of runs) run.looked(clock())
      if (this.#engineFailures > 0) this.#log('info', {}, 'an engine answers again')
      this.#engineFailures = 0
      return outcomes
    } catch (error) {
      if (this.#stopped.signal.aborted) return null
      this.#failed(error)
      const now = clock()
      const retryMs = Math.min(MAX_ENGINE_RETRY_MS, 1000 * 2 ** Math.min(this.#engineFailures, 6))
      for (const run of runs) run.postpone(now + retryMs)
      const isOver = (run: FollowedRun) => run.isOverdue(now, END_SECONDS)
      for (const run of runs.filter(isOver)) await run.giveUp(describeFault(error).message)
      return null
    }
  }

  async #settle(run: FollowedRun, program: RunningProgram, outcome: EndOutcome): Promise<void> {
    await run.settle(outcome, program)
    this.#runs.delete(run.lease.taskId)
  }

  async #cancel({ instance }: RunningProgram, runs: readonly FollowedRun[]): Promise<void> {
    const now = this.#options.clock()
    try {
      await limited(
        Promise.resolve(
          instance.cancel?.(
            runs.map(({ run }) => run),
            this.#callSignal(),
          ),
        ),
      )
    } catch (error) {
      if (this.#stopped.signal.aborted) return
      this.#failed(error)
    }
    for (const run of runs) {
      if (run.isOverdue(now, END_SECONDS)) await run.giveUp(null)
      else run.postpone(now + 1000)
    }
  }

  #failed(error: unknown): void {
    this.#engineFailures++
    if (this.#engineFailures > 1) return
    const fields = { runs: this.#runs.size, fault: describeFault(error) }
    this.#log('error', fields, 'an engine cannot be asked about the runs that it was given')
  }

  #log(level: 'info' | 'error', fields: object, message: string): void {
    this.#options.logger[level]({ program: this.#options.name, ...fields }, message)
  }

  #callSignal(): AbortSignal {
    return AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(CALL_SECONDS * 1000)])
  }

  #watch({ instance }: RunningProgram): void {
    if (this.#watched === instance) return
    this.#unwatch?.()
    this.#watched = instance
    this.#unwatch =
      instance.watch?.((refs) => {
        for (const ref of refs) this.#named.add(ref)
        this.wake()
      }) ?? null
  }

  async #letGo(): Promise<void> {
    this.#unwatch?.()
    this.#unwatch = null
    this.#watched = null
    this.#named.clear()
    const runs = [...this.#runs.values()]
    this.#runs = new Map()
    for (const run of runs) await run.letGo()
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#endWait = null
        resolve()
      }
      const timer = setTimeout(end, ms)
      this.#endWait = end
    })
  }
}

async function limited<Result>(call: Promise<Result>): Promise<Result> {
  return await withTimeLimit(call, CALL_SECONDS * 1000, () => {
    throw new Error(`no answer within ${CALL_SECONDS} s`)
  })
}
