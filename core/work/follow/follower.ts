import type { RunningConfig, RunningProgram } from '../../contracts/config.ts'
import type { HandedOverTask, StoreInstance } from '../../contracts/store.ts'
import { hasLabels } from '../claim-loop.ts'
import { DocumentClaim } from '../document-claim.ts'
import { describeFault } from '../fault.ts'
import type { OpenExecutors } from '../open-executors.ts'
import { FollowedRun, type FollowTools } from './followed-run.ts'
import { listHandedOver } from './list.ts'
import { ProgramFollower } from './program-follower.ts'

const CLAIMS = 'followers'

export interface FollowerOptions extends FollowTools {
  readonly store: FollowTools['store'] & Pick<StoreInstance, 'documents' | 'writeDocuments'>
  readonly config: () => RunningConfig
  readonly nodeName: string
  readonly executors: Pick<OpenExecutors, 'acquire' | 'release'>
}

/** Follows what was handed over to outside engines, for every program that this node may run. */
export class Follower {
  readonly #options: FollowerOptions
  readonly #programs = new Map<string, ProgramFollower>()
  readonly #ending = new Set<Promise<void>>()
  /** Ends of tasks whose program is gone. */
  #cancelling: Promise<void> = Promise.resolve()

  constructor(options: FollowerOptions) {
    this.#options = options
  }

  /** Also called for each change of the config. */
  followConfig(): void {
    for (const name of this.#options.config().programs.keys()) {
      if (this.#program(name) === null) continue
      const known = this.#programs.get(name)
      known?.configChanged()
      if (known !== undefined) continue
      const follower = this.#create(name)
      this.#programs.set(name, follower)
      follower.start()
    }
    for (const [name, follower] of this.#programs) {
      if (this.#program(name) !== null) continue
      this.#programs.delete(name)
      follower.warnOfRuns()
      const ending = follower.stop().finally(() => this.#ending.delete(ending))
      this.#ending.add(ending)
    }
  }

  /** A run of the program was handed over by this node. */
  added(program: string, task: HandedOverTask): void {
    this.#programs.get(program)?.added(task)
  }

  /** The cancellation of a running task was requested. */
  cancel(taskId: string): void {
    for (const follower of this.#programs.values()) follower.cancel(taskId)
    const { logger } = this.#options
    // One after the other: each takes the claim of its program.
    this.#cancelling = this.#cancelling
      .then(() => this.#cancelLeft(taskId))
      .catch((error) => {
        logger.error({ taskId, fault: describeFault(error) }, 'a task could not be cancelled')
      })
  }

  /** Lets other nodes follow at once. Never throws. */
  async stop(): Promise<void> {
    const stops = [...this.#programs.values()].map((one) => one.stop())
    await Promise.all([...this.#ending, ...stops, this.#cancelling])
  }

  /** Ends a cancelled task whose run nobody follows, since its program is no longer in the config. */
  async #cancelLeft(taskId: string): Promise<void> {
    const { store, config } = this.#options
    const task = await store.task(taskId)
    if (task?.state !== 'running' || task.handedOver === null) return
    if (config().programs.has(task.program)) return
    const claim = this.#claim(task.program)
    // A node with another config may follow it.
    await claim.hold(async () => {
      // All that were cancelled: another node may have found the claim taken.
      for (const left of await listHandedOver(store, task.program)) {
        if (left.cancelRequested) await new FollowedRun(this.#options, left).cancelLeft()
      }
    })
  }

  /** Null: this node does not follow it. */
  #program(name: string): RunningProgram | null {
    const { programs, settings } = this.#options.config()
    const program = programs.get(name)
    if (program === undefined) return null
    return hasLabels(settings.node.labels, program.settings.runsOn) ? program : null
  }

  #create(name: string): ProgramFollower {
    const program = () => this.#program(name)
    return new ProgramFollower({ ...this.#options, name, program, claim: this.#claim(name) })
  }

  #claim(name: string): DocumentClaim {
    const { store, nodeName: node, clock } = this.#options
    return new DocumentClaim({ store, node, place: { collection: CLAIMS, name }, clock })
  }
}
