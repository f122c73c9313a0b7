const LINE_FEED = 0x0a
const SPACE = 0x20
const MAX_TIME_LENGTH = 40
const NANO_DIGITS = 9
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/

/**
 * Takes the time off each line of a container's log, and knows how far it has come. So a log can be read again from the
 * last second on, and no byte is written twice. Chunks may be cut anywhere.
 */
export class LogLines {
  readonly #write: (chunk: Uint8Array) => void
  /** The latest time of a line that was written, with nanoseconds. A clock that was set back may give earlier ones later. */
  #time = ''
  #since: string | null = null
  /** Bytes written since the first line with that time, with it. */
  #bytes = 0
  /** The beginning of a line, before its time is complete. Null: within a line. */
  #head: Uint8Array | null = new Uint8Array()
  /** Where the reading before this one came to; null: past it. */
  #known: { readonly time: string; bytes: number; isReached: boolean } | null = null
  #isLeftOut = false

  constructor(write: (chunk: Uint8Array) => void) {
    this.#write = write
  }

  /** From when to read on, in seconds; null: from the beginning. */
  get since(): string | null {
    return this.#since
  }

  /** A new reading begins, at `since`. */
  begin(): void {
    const { time, bytes } = { time: this.#time, bytes: this.#bytes }
    this.#known = time === '' ? null : { time, bytes, isReached: false }
    this.#head = new Uint8Array()
    this.#isLeftOut = false
  }

  add(chunk: Uint8Array): void {
    const parts: Uint8Array[] = []
    let at = 0
    while (at < chunk.byteLength) {
      if (this.#head !== null) at = this.#readTime(this.#head, chunk, at, parts)
      if (this.#head !== null) break
      const feed = chunk.indexOf(LINE_FEED, at)
      const end = feed === -1 ? chunk.byteLength : feed + 1
      this.#keep(chunk.subarray(at, end), parts)
      if (feed !== -1) this.#head = new Uint8Array()
      at = end
    }
    const [first] = parts
    if (first !== undefined) this.#write(parts.length === 1 ? first : Buffer.concat(parts))
  }

  /** Returns where the text of the line begins. */
  #readTime(before: Uint8Array, chunk: Uint8Array, at: number, parts: Uint8Array[]): number {
    const head = Buffer.concat([before, chunk.subarray(at, at + MAX_TIME_LENGTH)])
    const space = head.indexOf(SPACE)
    if (space === -1 && head.byteLength < MAX_TIME_LENGTH && !head.includes(LINE_FEED)) {
      this.#head = head
      return chunk.byteLength
    }
    this.#head = null
    const [, seconds, fraction = '', zone] = TIME.exec(head.toString('latin1', 0, space)) ?? []
    if (seconds === undefined) {
      // Not a line of the container: the node says why it has no log.
      this.#isLeftOut = false
      this.#keep(before, parts)
      return at
    }
    this.#beginLine(`${seconds}.${fraction.padEnd(NANO_DIGITS, '0')}`, `${seconds}${zone}`)
    return at + space + 1 - before.byteLength
  }

  #beginLine(time: string, since: string): void {
    if (this.#known !== null && time > this.#known.time) this.#known = null
    if (this.#known?.time === time) this.#known.isReached = true
    this.#isLeftOut = this.#known?.isReached === false
    if (this.#isLeftOut || time <= this.#time) return
    this.#time = time
    this.#since = since
    this.#bytes = 0
  }

  #keep(text: Uint8Array, parts: Uint8Array[]): void {
    if (this.#isLeftOut) return
    const left = Math.min(this.#known?.bytes ?? 0, text.byteLength)
    if (this.#known !== null) this.#known.bytes -= left
    const rest = text.subarray(left)
    this.#bytes += rest.byteLength
    if (rest.byteLength > 0) parts.push(rest)
  }
}
