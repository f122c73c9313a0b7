import type { Launch, ProcessRun } from '../child.ts'
import { type ChildOwner, HelperChild } from '../helper/helper-child.ts'

const PART_BYTES = 256 * 1024
const NOTHING = new Uint8Array(0)

export interface LaunchedStreams {
  readonly onStatus: Launch['onStatus']
  readonly write: ProcessRun['write']
  /** The input that did not go along with the start. */
  readonly input: Uint8Array
}

/** A program that the launcher was asked to start. The launcher hands on its input and output. */
export class LaunchedChild extends HelperChild {
  readonly #streams: Omit<LaunchedStreams, 'input'>
  #input: Uint8Array
  #sentBytes = 0

  constructor(id: number, owner: ChildOwner, { input, ...streams }: LaunchedStreams) {
    super(id, owner)
    this.#streams = streams
    this.#input = input
  }

  letGo(): void {
    if (this.isFinished()) return
    this.owner.send('letGo', this.id)
    this.owner.forget(this.id)
  }

  override fail(error: unknown): void {
    // If it has ended, only the rest of its output is lost with the launcher.
    if (this.exit() !== null) this.finish()
    else super.fail(error)
  }

  protected override sendMore(): void {
    const part = this.#input.subarray(this.#sentBytes, this.#sentBytes + PART_BYTES)
    this.#sentBytes += part.length
    const isLast = this.#sentBytes >= this.#input.length
    this.owner.send(isLast ? 'lastInput' : 'input', this.id, part)
    if (isLast) this.#input = NOTHING
  }

  protected override takeOutput(stream: 'stdout' | 'stderr' | 'status', chunk: Uint8Array): void {
    if (stream === 'status') this.#streams.onStatus?.(chunk)
    else this.#streams.write(stream, chunk)
  }
}
