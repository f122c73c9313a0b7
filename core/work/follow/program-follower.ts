import type { RunningProgram } from '../../contracts/config.ts'
import type { EndOutcome } from '../../contracts/executor.ts'
import type { HandedOverTask } from '../../contracts/store.ts'
import { storeRetryMs } from '../backoff.ts'
import type { DocumentClaim } from '../document-claim.ts'
import { describeFault } from '../fault.ts'
import { Engine } from './engine.ts'
import { FollowedRun, type FollowTools } from './followed-run.ts'

/** How often a node reads which runs there are. It knows those that it handed over itself. */
const LIST_MS = 5000
const MIN_WAIT_MS = 200
const PAGE = 2000

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
  readonly #engine: Engine
  readonly #stopped = new AbortController()
  /** What is known of each run, by the id of its task. */
  readonly #runs = new Map<string, FollowedRun>()
  /** References that the engine named. */
  readonly #named = new Set<string>()
  #running: Promise<void> | null = null
  /** On the monotonic clock; null: there is more than was read. */
  #listedAt: number | null = null
  #woken = false
  /** On the monotonic clock. */
  #waitsUntil = 0
  #endWait: (() => void) | null = null
  #unwatch: (() => void) | null = null
  #watched: RunningProgram['instance'] | null = null
  #storeFailures = 0

  constructor(options: ProgramFollowerOptions) {
    this.#options = options
    const { name: program, logger, clock } = options
    this.#engine = new Engine({ program, logger, clock, stopped: this.#stopped.signal })
  }

  start(): void {
    this.#running ??= this.#follow()
  }

  /** This node has handed a run over. */
  added(task: HandedOverTask): void {
    const { claim, clock } = this.#options
    const program = this.#options.program()
    if (program === null || !claim.isHeld) {
      this.#listedAt = null
      this.#wake()
      return
    }
    const run = this.#keep(task, program)
    const waitMs = this.#waitsUntil - performance.now()
    if (this.#named.has(run.ref) || run.nextLookAt - clock() < waitMs) this.#wake()
  }

  /** The cancellation of a task was requested. */
  cancel(taskId: string): void {
    const run = this.#runs.get(taskId)
    if (run === undefined) return
    run.cancel()
    this.#wake()
  }

  #wake(): void {
    this.#woken = true
    this.#endWait?.()
  }

  /** Called where this node will not run the program any more. */
  warnOfRuns(): void {
    const { logger, name } = this.#options
    if (this.#runs.size === 0) return
    const message =
      'runs are left at an engine: their tasks stay running until a node has the program'
    logger.warn({ program: name, runs: this.#runs.size }, message)
  }

  /** Lets another node follow the runs at once. Never throws. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#wake()
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
    const { clock } = this.#options
    const program = this.#options.program()
    if (program === null || !(await this.#knowRuns(program))) return LIST_MS
    const now = clock()
    const runs = [...this.#runs.values()]
    const due = runs.filter((run) => run.isDue(now) || this.#named.has(run.ref))
    for (const { ref } of due) this.#named.delete(ref)
    if (due.length > 0) await this.#look(program, due)
    let nextAt = clock() + LIST_MS
    for (const { nextLookAt } of this.#runs.values()) nextAt = Math.min(nextAt, nextLookAt)
    return Math.max(MIN_WAIT_MS, nextAt - clock())
  }

  /** Reads now and then which runs there are. False: there are none, or another node follows them. */
  async #knowRuns(program: RunningProgram): Promise<boolean> {
    const { claim } = this.#options
    const isFresh = this.#listedAt !== null && performance.now() - this.#listedAt < LIST_MS
    if (claim.isHeld && isFresh) return true
    this.#listedAt = performance.now()
    const known = { runs: new Map(this.#runs), named: [...this.#named] }
    const tasks = await this.#list()
    const isMine = tasks.length > 0 && (claim.isHeld || (await claim.take()))
    if (isMine) {
      this.#watch(program)
      await this.#refresh(tasks, program, known)
    } else {
      await this.#letGo()
      if (claim.isHeld) await claim.release()
    }
    return isMine
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

  /** Takes on what is new, and drops what was known before the tasks were read and has been settled. */
  async #refresh(
    tasks: readonly HandedOverTask[],
    program: RunningProgram,
    { runs, named }: { runs: Map<string, FollowedRun>; named: readonly string[] },
  ): Promise<void> {
    for (const task of tasks) {
      this.#keep(task, program)
      runs.delete(task.lease.taskId)
    }
    for (const [taskId, run] of runs) {
      this.#runs.delete(taskId)
      await run.letGo()
    }
    const refs = new Set([...this.#runs.values()].map(({ ref }) => ref))
    for (const ref of named) if (!refs.has(ref)) this.#named.delete(ref)
  }

  #keep(task: HandedOverTask, program: RunningProgram): FollowedRun {
    const { taskId, fence } = task.lease
    const known = this.#runs.get(taskId)
    const run = known?.lease.fence === fence ? known : new FollowedRun(this.#options, task)
    run.update(task, program.settings)
    this.#runs.set(taskId, run)
    return run
  }

  /** Asks the engine about runs, settles those that have ended, and ends those that should. */
  async #look(program: RunningProgram, runs: readonly FollowedRun[]): Promise<void> {
    const outcomes = await this.#engine.ask(program.instance, runs)
    if (outcomes === null) return
    const settled: Promise<void>[] = []
    const unwanted: FollowedRun[] = []
    for (const [index, run] of runs.entries()) {
      const outcome = outcomes[index] ?? null
      if (outcome !== null) settled.push(this.#settle(run, program, outcome))
      else if (run.isUnwanted) unwanted.push(run)
    }
    await Promise.all(settled)
    if (unwanted.length > 0) await this.#engine.cancel(program.instance, unwanted)
  }

  async #settle(run: FollowedRun, program: RunningProgram, outcome: EndOutcome): Promise<void> {
    await run.settle(outcome, program)
    this.#runs.delete(run.lease.taskId)
  }

  #watch({ instance }: RunningProgram): void {
    if (this.#watched === instance) return
    this.#unwatch?.()
    this.#watched = instance
    this.#unwatch =
      instance.watch?.((refs) => {
        for (const ref of refs) this.#named.add(ref)
        this.#wake()
      }) ?? null
  }

  async #letGo(): Promise<void> {
    this.#unwatch?.()
    this.#unwatch = null
    this.#watched = null
    this.#named.clear()
    this.#listedAt = null
    const runs = [...this.#runs.values()]
    this.#runs.clear()
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
      this.#waitsUntil = performance.now() + ms
      this.#endWait = end
    })
  }
}
