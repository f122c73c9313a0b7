import {
  type EndOutcome,
  type ExecutorInstance,
  type HandedOverRun,
  isHooklineError,
  type Outcome,
  outcomeOfFault,
  outcomeOfStop,
  type PluginContext,
  type ProgramRun,
} from '../../../core/sdk/executor.ts'
import { Cluster } from './cluster.ts'
import { followJobs } from './follow.ts'
import { FollowedJob } from './followed-job.ts'
import { deleteJob, handOver } from './hand-over.ts'
import { selectorOf } from './job-spec.ts'
import { configPlace } from './kube-config.ts'
import type { KubernetesOptions } from './options.ts'
import { watchPods } from './watch.ts'

const FORGET_MS = 3_600_000

interface Known {
  readonly job: FollowedJob
  lastSeenAt: number
}

/** One kubernetes program. */
export class KubernetesExecutor implements ExecutorInstance {
  readonly #settings: KubernetesOptions
  readonly #context: PluginContext
  readonly #selector: string
  /** Refs of runs that this process has handed over, until it follows them. */
  readonly #own = new Set<string>()
  /** By ref. */
  readonly #known = new Map<string, Known>()
  #cluster: Promise<Cluster> | null = null

  constructor(settings: KubernetesOptions, context: PluginContext) {
    this.#settings = settings
    this.#context = context
    this.#selector = selectorOf(context.name)
  }

  /** Once begun, it goes on to its end also where its node stops: a Job without its Secret would wait in vain. */
  async run(run: ProgramRun): Promise<Outcome> {
    if (run.signal.aborted) return outcomeOfStop(run.signal)
    try {
      const ref = await handOver(await this.#open(), this.#settings, run)
      if (ref === null) return outcomeOfStop(run.signal)
      this.#own.add(ref)
      return { status: 'handed-over', ref }
    } catch (error) {
      if (isHooklineError(error)) return outcomeOfFault(error)
      throw error
    }
  }

  async follow(
    runs: readonly HandedOverRun[],
    signal: AbortSignal,
  ): Promise<readonly (EndOutcome | null)[]> {
    const { clock } = this.#context
    const cluster = await this.#open()
    const tools = { cluster, selector: this.#selector, image: this.#settings.image, clock, signal }
    const outcomes = await followJobs(runs, (run) => this.#stateOf(run), tools)
    for (const [index, { ref }] of runs.entries()) {
      if (outcomes[index] !== null) await this.#forget(ref)
    }
    for (const [ref, { lastSeenAt }] of this.#known) {
      if (clock() - lastSeenAt > FORGET_MS) await this.#forget(ref)
    }
    return outcomes
  }

  async cancel(runs: readonly HandedOverRun[], signal: AbortSignal): Promise<void> {
    const cluster = await this.#open()
    await Promise.all(runs.map(({ ref }) => deleteJob(cluster, ref, signal)))
  }

  watch(changed: (refs: readonly string[]) => void): () => void {
    const open = async () => {
      const cluster = await this.#open()
      return { cluster, namespace: this.#settings.namespace ?? cluster.namespace }
    }
    return watchPods(open, this.#selector, changed)
  }

  async close(): Promise<void> {
    for (const ref of [...this.#known.keys()]) await this.#forget(ref)
    const cluster = await this.#cluster?.catch(() => null)
    cluster?.close()
    this.#cluster = null
  }

  // At the first run, not in the constructor: a config may be loaded only to be checked.
  #open(): Promise<Cluster> {
    this.#cluster ??= Cluster.open(configPlace(this.#settings, this.#context.baseDir)).catch(
      (error) => {
        this.#cluster = null
        throw error
      },
    )
    return this.#cluster
  }

  #stateOf(run: HandedOverRun): FollowedJob {
    const lastSeenAt = this.#context.clock()
    const known = this.#known.get(run.ref)
    if (known !== undefined) {
      known.lastSeenAt = lastSeenAt
      known.job.seen(run)
      return known.job
    }
    const job = new FollowedJob(run, this.#own.delete(run.ref))
    this.#known.set(run.ref, { job, lastSeenAt })
    return job
  }

  async #forget(ref: string): Promise<void> {
    const known = this.#known.get(ref)
    this.#known.delete(ref)
    await known?.job.stop()
  }
}
