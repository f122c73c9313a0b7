import type { RunningConfig, RunningProgram } from '../../contracts/config.ts'
import type { HandedOverTask, StoreInstance } from '../../contracts/store.ts'
import { hasLabels } from '../claim-loop.ts'
import { DocumentClaim } from '../document-claim.ts'
import type { OpenExecutors } from '../open-executors.ts'
import type { FollowTools } from './followed-run.ts'
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
  }

  /** Lets other nodes follow at once. Never throws. */
  async stop(): Promise<void> {
    await Promise.all([...this.#ending, ...[...this.#programs.values()].map((one) => one.stop())])
  }

  /** Null: this node does not follow it. */
  #program(name: string): RunningProgram | null {
    const { programs, settings } = this.#options.config()
    const program = programs.get(name)
    if (program === undefined) return null
    return hasLabels(settings.node.labels, program.settings.runsOn) ? program : null
  }

  #create(name: string): ProgramFollower {
    const { store, nodeName: node, clock } = this.#options
    const place = { collection: CLAIMS, name }
    return new ProgramFollower({
      ...this.#options,
      name,
      program: () => this.#program(name),
      claim: new DocumentClaim({ store, node, place, clock }),
    })
  }
}
