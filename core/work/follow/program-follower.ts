import type { RunningProgram } from '../../contracts/config.ts'
import type { HandedOverTask } from '../../contracts/store.ts'
import { Passes } from '../../kit/passes.ts'
import type { DocumentClaim } from '../document-claim.ts'
import { describeFault, locateFault } from '../fault.ts'
import type { OpenExecutors } from '../open-executors.ts'
import { Engine } from './engine.ts'
import { FollowedRun, type FollowTools } from './followed-run.ts'
import { listHandedOver } from './list.ts'

/** How often a node reads which runs there are. It knows those that it handed over itself. */
const LIST_MS = 5000
/** Runs may be left of an executor that handed over, where the program has another one now. */
const LIST_LEFT_MS = 60_000
const MIN_WAIT_MS = 200
/** Between two looks, so that runs that are named one by one are asked about together. */
const GAP_MS = 50
/** An engine may name others' runs too. What is not kept is found at its next poll. */
const MAX_NAMED = 10_000

export interface ProgramFollowerOptions extends FollowTools {
  /** Null: the program is no longer in the config, or not for this node. */
  readonly program: () => RunningProgram | null
  readonly name: string
  /** Lets one node at a time follow the program's runs. */
  readonly claim: DocumentClaim
  readonly executors: Pick<OpenExecutors, 'acquire' | 'release'>
}

/** Follows the runs of one program that were handed over to an outside engine, by this node or by another one. */
export class ProgramFollower {
  readonly #options: ProgramFollowerOptions
  readonly #engine: Engine
  readonly #passes: Passes
  /** What is known of each run, by the id of its task. */
  readonly #runs = new Map<string, FollowedRun>()
  /** References that the engine named. */
  readonly #named = new Set<string>()
  /** On the monotonic clock; null: there is more than was read. */
  #listedAt: number | null = null
  #endWatch: (() => void) | null = null
  #watched: RunningProgram['instance'] | null = null

  constructor(options: ProgramFollowerOptions) {
    this.#options = options
    const { name: program, logger, clock, executors } = options
    const fault = `runs of the program '${program}' at its engine cannot be followed`
    this.#passes = new Passes({ pass: () => this.#follow(), logger, fault })
    const stopped = this.#passes.stopping
    this.#engine = new Engine({ program, logger, clock, executors, stopped })
  }

  start(): void {
    this.#passes.start()
  }

  /** This node has handed a run over. */
  added(task: HandedOverTask): void {
    const { claim, clock } = this.#options
    const program = this.#options.program()
    if (program === null || !claim.isHeld) {
      this.#listedAt = null
      this.#passes.wake()
      return
    }
    const run = this.#keep(task, program)
    this.#passes.wake(this.#named.has(run.ref) ? 0 : Math.max(0, run.nextLookAt - clock()))
  }

  /** The cancellation of a task was requested. */
  cancel(taskId: string): void {
    const run = this.#runs.get(taskId)
    if (run === undefined) return
    run.cancel()
    this.#passes.wake()
  }

  /** The program may have another executor now. */
  configChanged(): void {
    this.#passes.wake()
  }

  /** Called where this node will not run the program any more. */
  warnOfRuns(): void {
    const { logger, name } = this.#options
    if (this.#runs.size === 0) return
    const message =
      'runs are left at an engine: their tasks stay running until a node has the program, or they are cancelled'
    logger.warn({ program: name, runs: this.#runs.size }, message)
  }

  /** Lets another node follow the runs at once. Never throws. */
  async stop(): Promise<void> {
    await this.#passes.stop()
    await this.#letGo()
    const { claim, logger, name } = this.#options
    await claim.release().catch((error) => {
      logger.warn({ program: name, fault: describeFault(error) }, 'a claim runs out by itself')
    })
  }

  async #follow(): Promise<number> {
    const waitMs = await this.#pass()
    await this.#passes.pause(GAP_MS)
    return waitMs
  }

  /** Looks at the runs that are due. Returns how long to wait, in milliseconds. */
  async #pass(): Promise<number> {
    const { clock } = this.#options
    const program = this.#options.program()
    if (program === null) return LIST_MS
    const listMs = program.instance.follow === undefined ? LIST_LEFT_MS : LIST_MS
    if (!(await this.#knowRuns(program, listMs))) return listMs
    this.#watch(program)
    const now = clock()
    const runs = [...this.#runs.values()]
    const due = runs.filter((run) => run.isDue(now) || this.#named.has(run.ref))
    for (const { ref } of due) this.#named.delete(ref)
    if (due.length > 0) await this.#look(program, due)
    let nextAt = clock() + listMs
    for (const { nextLookAt } of this.#runs.values()) nextAt = Math.min(nextAt, nextLookAt)
    return Math.max(MIN_WAIT_MS, nextAt - clock())
  }

  /** Reads now and then which runs there are. False: there are none, or another node follows them. */
  async #knowRuns(program: RunningProgram, listMs: number): Promise<boolean> {
    const { claim } = this.#options
    const isFresh = this.#listedAt !== null && performance.now() - this.#listedAt < listMs
    if (claim.isHeld && isFresh) return true
    this.#listedAt = performance.now()
    const known = { runs: new Map(this.#runs), named: [...this.#named] }
    const tasks = await listHandedOver(this.#options.store, this.#options.name)
    const isMine = tasks.length > 0 && (claim.isHeld || (await claim.take()))
    if (isMine) {
      await this.#refresh(tasks, program, known)
    } else {
      await this.#letGo()
      if (claim.isHeld) await claim.release()
    }
    return isMine
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
    await Promise.all([...runs.values()].map((run) => run.letGo()))
    this.#forget(runs.values())
    const refs = new Set([...this.#runs.values()].map(({ ref }) => ref))
    for (const ref of named) if (!refs.has(ref)) this.#named.delete(ref)
  }

  #keep(task: HandedOverTask, program: RunningProgram): FollowedRun {
    const { taskId, fence } = task.lease
    const known = this.#runs.get(taskId)
    const run = known?.lease.fence === fence ? known : new FollowedRun(this.#options, task)
    if (run !== known) void known?.letGo()
    run.update(task, program.settings)
    this.#runs.set(taskId, run)
    return run
  }

  /** Asks the engine about runs, settles those that have ended, and ends those that should. */
  async #look(program: RunningProgram, runs: readonly FollowedRun[]): Promise<void> {
    const outcomes = await this.#engine.ask(program.instance, runs)
    if (outcomes === null) return this.#forget(runs)
    const settled: Promise<void>[] = []
    const unwanted: FollowedRun[] = []
    for (const [index, run] of runs.entries()) {
      const outcome = outcomes[index] ?? null
      if (outcome !== null) settled.push(run.settle(outcome, program))
      else if (run.isUnwanted) unwanted.push(run)
    }
    await Promise.all(settled)
    if (unwanted.length > 0) await this.#engine.cancel(program.instance, unwanted)
    this.#forget(runs)
  }

  /** Forgets those that are over, but not a later attempt of the same task. */
  #forget(runs: Iterable<FollowedRun>): void {
    for (const run of runs) {
      const { taskId } = run.lease
      if (run.isOver && this.#runs.get(taskId) === run) this.#runs.delete(taskId)
    }
  }

  #watch({ instance }: RunningProgram): void {
    if (this.#watched === instance) return
    this.#unwatch()
    this.#watched = instance
    this.#options.executors.acquire(instance)
    const changed = (refs: readonly string[]) => {
      for (const ref of refs) if (this.#named.size < MAX_NAMED) this.#named.add(ref)
      this.#passes.wake()
    }
    this.#tryWatch(() => {
      this.#endWatch = instance.watch?.(changed) ?? null
    })
  }

  #unwatch(): void {
    const watched = this.#watched
    if (watched === null) return
    this.#watched = null
    this.#tryWatch(() => this.#endWatch?.())
    this.#endWatch = null
    this.#options.executors.release(watched)
  }

  /** A watch is only a help: without it, runs are found at their next poll. */
  #tryWatch(step: () => void): void {
    try {
      step()
    } catch (error) {
      const { logger, name } = this.#options
      const fields = { program: name, fault: locateFault(error) }
      logger.error(fields, 'an executor failed to watch its engine')
    }
  }

  async #letGo(): Promise<void> {
    this.#unwatch()
    this.#named.clear()
    this.#listedAt = null
    const runs = [...this.#runs.values()]
    this.#runs.clear()
    await Promise.all(runs.map((run) => run.letGo()))
  }
}
