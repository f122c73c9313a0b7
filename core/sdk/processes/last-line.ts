import { Buffer } from 'node:buffer'
import { decodeUtf8 } from '../../kit/content-type.ts'

const LINE_FEED = 0x0a
const OPENINGS = [0x7b, 0x5b]

/** Keeps the last line of an output if it begins like a JSON object or array. Otherwise it copies nothing. */
export class LastLine {
  readonly #maxBytes: number
  #parts: Uint8Array[] | null = null
  #bytes = 0
  // Whether the next byte begins a line.
  #atStart = true

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    // A final line feed ends the last line; it does not begin another one.
    const feed = chunk.length < 2 ? -1 : chunk.lastIndexOf(LINE_FEED, chunk.length - 2)
    if (feed !== -1 || this.#atStart) this.#begin(chunk, feed + 1)
    else if (this.#parts !== null) this.#keep(chunk, 0)
    this.#atStart = chunk[chunk.length - 1] === LINE_FEED
  }

  /** Null if the last line cannot be a JSON object or array, or is too long. */
  text(): string | null {
    if (this.#parts === null) return null
    try {
      return decodeUtf8(Buffer.concat(this.#parts))
    } catch {
      return null
    }
  }

  #begin(chunk: Uint8Array, start: number): void {
    this.#parts = OPENINGS.includes(chunk[start] ?? 0) ? [] : null
    this.#bytes = 0
    if (this.#parts !== null) this.#keep(chunk, start)
  }

  #keep(chunk: Uint8Array, start: number): void {
    this.#bytes += chunk.length - start
    if (this.#bytes > this.#maxBytes + 1) this.#parts = null
    // Copied: the chunk may be a small part of a large buffer.
    else this.#parts?.push(new Uint8Array(chunk.subarray(start)))
  }
}
