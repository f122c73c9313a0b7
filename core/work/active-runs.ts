import type { Attempt } from './attempt.ts'

/** The attempts that run on this node, and what runs beside what. */
export class ActiveRuns {
  readonly #attempts = new Set<Attempt>()
  /** Resolves when the next run ends. */
  #nextEnd: PromiseWithResolvers<void> | null = null

  get size(): number {
    return this.#attempts.size
  }

  list(): readonly Attempt[] {
    return [...this.#attempts]
  }

  add(attempt: Attempt): void {
    this.#attempts.add(attempt)
  }

  delete(attempt: Attempt): void {
    this.#attempts.delete(attempt)
    this.#nextEnd?.resolve()
    this.#nextEnd = null
  }

  /**
   * Resolves when nothing else runs, or when the attempt is to stop. `onWait` is called if it has to wait. While an
   * attempt that is alone is listed, nothing may be claimed.
   */
  async untilAlone(attempt: Attempt, onWait: () => void): Promise<void> {
    // Others of the same claim are added first.
    await Promise.resolve()
    if (this.size > 1) onWait()
    while (this.size > 1 && !attempt.isStopped) {
      this.#nextEnd ??= Promise.withResolvers()
      await Promise.race([this.#nextEnd.promise, attempt.stopped])
    }
  }
}
