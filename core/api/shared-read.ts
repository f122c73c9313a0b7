/** Reads of this share of the time at most, so that a slow one does not keep the store busy. */
const MAX_SHARE = 0.05

/** A read that callers share: while it is under way, and as long as its answer is fresh. */
export class SharedRead<Value> {
  readonly #read: () => Promise<Value>
  readonly #freshMs: number
  #reading: Promise<Value> | null = null
  #fresh: { readonly value: Value; readonly until: number } | null = null

  constructor(read: () => Promise<Value>, freshMs: number) {
    this.#read = read
    this.#freshMs = freshMs
  }

  /** Rejects as the read does; the next call reads again. */
  async get(): Promise<Value> {
    if (this.#fresh !== null && performance.now() < this.#fresh.until) return this.#fresh.value
    this.#reading ??= this.#start()
    return this.#reading
  }

  /** Makes the next call read again. */
  forget(): void {
    this.#reading = null
    this.#fresh = null
  }

  #start(): Promise<Value> {
    const begun = performance.now()
    const isNewest = () => this.#reading === reading
    const reading = this.#read()
      .then((value) => {
        const now = performance.now()
        const until = now + Math.max(this.#freshMs, (now - begun) / MAX_SHARE)
        if (isNewest()) this.#fresh = { value, until }
        return value
      })
      .finally(() => {
        if (isNewest()) this.#reading = null
      })
    return reading
  }
}
