import {
  type EndOutcome,
  type HandedOverRun,
  ProgramResult,
  type ProgramRun,
} from '../../../core/sdk/executor.ts'
import type { Cluster } from './cluster.ts'
import { LogReader } from './log-reader.ts'
import type { Pod, Waiting } from './objects.ts'
import { isFaultyWait } from './pod-outcome.ts'

/** What this process knows of one run, between two looks at it. */
export class FollowedJob {
  /** How it ended, for a Job that was deleted since it could not succeed. */
  verdict: EndOutcome | null = null
  readonly #result: ProgramResult
  readonly #isOwn: boolean
  #write: ProgramRun['write']
  #log: { readonly pod: string; readonly reader: LogReader } | null = null
  #lastNote = ''
  #faultySince: number | null = null
  #endedAt: number | null = null

  /** `isOwn`: this process has handed it over, so that nobody else has written its output. */
  constructor(run: HandedOverRun, isOwn: boolean) {
    this.#write = run.write
    this.#isOwn = isOwn
    const write: ProgramRun['write'] = (stream, chunk) => this.#write(stream, chunk)
    this.#result = new ProgramResult({ signal: new AbortController().signal, write }, null)
  }

  get isLive(): boolean {
    return this.#log?.reader.isLive ?? false
  }

  /** The run as it is given to this look. */
  seen({ write }: HandedOverRun): void {
    this.#write = write
  }

  /** Writes a note into the output, unless it was the last one. */
  note(text: string): void {
    if (text === this.#lastNote) return
    this.#lastNote = text
    this.#write('stderr', Buffer.from(`[hookline] ${text}\n`))
  }

  /** For how many seconds the container has lacked something. */
  faultySeconds(waiting: Waiting, now: number): number {
    if (!isFaultyWait(waiting)) return 0
    this.#faultySince ??= now
    return (now - this.#faultySince) / 1000
  }

  /** Writes output as it comes. */
  follow(cluster: Cluster, pod: Pod): void {
    this.#reader(cluster, pod).follow()
  }

  /** For how many seconds it has been known that the container ended. */
  endedSeconds(now: number): number {
    this.#endedAt ??= now
    return (now - this.#endedAt) / 1000
  }

  /** Writes the rest of the output. Throws if it cannot be read. */
  async finishLog(cluster: Cluster, pod: Pod, signal: AbortSignal): Promise<void> {
    await this.#reader(cluster, pod).finish(signal)
  }

  /** The outcome, with the result that the program gave in its last line. */
  withResult(outcome: EndOutcome): EndOutcome {
    return this.#result.addTo(outcome)
  }

  async stop(): Promise<void> {
    await this.#log?.reader.stop()
  }

  #reader(cluster: Cluster, { metadata }: Pod): LogReader {
    const { namespace, name: pod } = metadata
    if (this.#log?.pod === pod) return this.#log.reader
    if (this.#log !== null) this.note('The cluster runs it again, in another pod.')
    else if (!this.#isOwn)
      this.note('Another node, or a restarted one, reads on: output may repeat.')
    void this.#log?.reader.stop()
    const write = (chunk: Uint8Array) => this.#result.write('stdout', chunk)
    const reader = new LogReader(cluster, { namespace, pod }, write)
    this.#log = { pod, reader }
    return reader
  }
}
