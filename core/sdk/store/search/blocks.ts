import type { SegmentBlock } from '../../../contracts/projection.ts'

// An entry of a block is the term (6 bytes), the length of its list in bytes, and the list: the distance of each position
// from the one before. Lengths and distances are in LEB128.

/** A block has about so many bytes, unless one list alone is longer. Such a row fits into a page of a database. */
const BLOCK_BYTES = 1_800
const TERM_BYTES = 6

/**
 * Writes blocks. Terms come in ascending order, and the positions of each too. A block is named by its first term, the
 * first one by 0: so whatever term is looked for, a segment has a block for it.
 */
export class BlocksWriter {
  readonly #blocks: SegmentBlock[] = []
  #name = 0
  #bytes: number[] = []

  add(term: number, positions: readonly number[]): void {
    if (this.#bytes.length >= BLOCK_BYTES) {
      this.#end()
      this.#name = term
    }
    for (let shift = TERM_BYTES - 1; shift >= 0; shift--) {
      this.#bytes.push(Math.floor(term / 256 ** shift) % 256)
    }
    const list: number[] = []
    let before = 0
    for (const position of positions) {
      push(list, position - before)
      before = position
    }
    push(this.#bytes, list.length)
    for (const byte of list) this.#bytes.push(byte)
  }

  /** To be called once, after the last term. */
  blocks(): readonly SegmentBlock[] {
    this.#end()
    return this.#blocks
  }

  #end(): void {
    this.#blocks.push({ term: this.#name, bytes: Uint8Array.from(this.#bytes) })
    this.#bytes = []
  }
}

function push(bytes: number[], value: number): void {
  let rest = value
  while (rest > 127) {
    bytes.push((rest & 127) | 128)
    rest >>>= 7
  }
  bytes.push(rest)
}

/** Reads the entries of blocks, one after the other. */
export class BlocksReader {
  readonly #blocks: Iterator<Uint8Array>
  #bytes: Uint8Array = new Uint8Array(0)
  #at = 0
  #end = 0
  /** The term of the entry. After the last one: infinity. */
  term = 0

  /** Begins at the first entry. */
  constructor(blocks: Iterable<Uint8Array>) {
    this.#blocks = blocks[Symbol.iterator]()
    this.next()
  }

  next(): void {
    this.#at = this.#end
    while (this.#at + TERM_BYTES > this.#bytes.length) {
      const block = this.#blocks.next()
      if (block.done === true) {
        this.term = Number.POSITIVE_INFINITY
        return
      }
      this.#bytes = block.value
      this.#at = 0
    }
    this.term = 0
    for (let byte = 0; byte < TERM_BYTES; byte++) {
      this.term = this.term * 256 + (this.#bytes[this.#at++] ?? 0)
    }
    const length = this.#number()
    this.#end = this.#at + length
  }

  /** The list of the entry. To be called once for each. */
  positions(): readonly number[] {
    const positions: number[] = []
    let position = 0
    while (this.#at < this.#end) {
      position += this.#number()
      positions.push(position)
    }
    return positions
  }

  #number(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#at++] ?? 0
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
}
