import type { Segment, SegmentBlock, SegmentKind } from '../../../contracts/projection.ts'

/** Characters of an id after its prefix. Other ids are not made by `createId`, and no segment has them. */
const ID_LENGTH = 26
const PREFIX_LENGTH = 4
/** A block has about so many bytes, unless one list alone is longer. Such a row fits into a page of a database. */
const BLOCK_BYTES = 1_800
const TERM_BYTES = 6

/** A delivery or a task, and the terms that it is found by. */
export interface IndexedDocument {
  readonly id: string
  /** Whole numbers below 2^48. */
  readonly terms: Iterable<number>
}

/** Null if none of the documents has an id of the usual form. */
export function encodeSegment(
  kind: SegmentKind,
  documents: readonly IndexedDocument[],
): Segment | null {
  const byId = new Map<string, Set<number>>()
  for (const { id, terms } of documents) {
    if (id.length !== PREFIX_LENGTH + ID_LENGTH) continue
    const all = byId.get(id)
    if (all === undefined) byId.set(id, new Set(terms))
    else for (const term of terms) all.add(term)
  }
  const ids = [...byId.keys()].sort()
  const [first, last] = [ids[0], ids.at(-1)]
  if (first === undefined || last === undefined) return null
  const positions = new Map<number, number[]>()
  for (const [position, id] of ids.entries()) {
    for (const term of byId.get(id) ?? []) {
      const list = positions.get(term)
      if (list === undefined) positions.set(term, [position])
      else list.push(position)
    }
  }
  return {
    kind,
    documents: ids.length,
    first,
    last,
    ids: ids.map((id) => id.slice(PREFIX_LENGTH)).join(''),
    blocks: toBlocks(positions),
  }
}

/** All documents of a segment with their terms. */
export function decodeSegment({ ids, documents, blocks, first }: Segment): IndexedDocument[] {
  const terms: number[][] = Array.from({ length: documents }, () => [])
  for (const { bytes } of blocks) {
    const reader = new BlockReader(bytes)
    while (reader.next())
      for (const position of reader.positions()) terms[position]?.push(reader.term)
  }
  return idsIn(ids, first).map((id, position) => ({ id, terms: terms[position] ?? [] }))
}

/** The segment with only these of its documents. Null if there are none. */
export function withDocuments(segment: Segment, ids: readonly string[]): Segment | null {
  const kept = new Set(ids)
  const documents = decodeSegment(segment).filter(({ id }) => kept.has(id))
  return encodeSegment(segment.kind, documents)
}

/** The positions of a term's documents in the block that would have them, in ascending order. */
export function positionsIn(block: Uint8Array, term: number): readonly number[] {
  const reader = new BlockReader(block)
  while (reader.next()) {
    if (reader.term === term) return reader.positions()
    if (reader.term > term) return []
  }
  return []
}

/** The id at a position, without its prefix. `ids` as the segment has them. */
export function idAt(ids: string, position: number): string {
  return ids.slice(position * ID_LENGTH, (position + 1) * ID_LENGTH)
}

/** All ids of a segment, in ascending order. `ids` and `first` as the segment has them. */
export function idsIn(ids: string, first: string): readonly string[] {
  const prefix = first.slice(0, PREFIX_LENGTH)
  return Array.from(
    { length: ids.length / ID_LENGTH },
    (_, position) => prefix + idAt(ids, position),
  )
}

/** Number of ids that sort before this one, which need not be among them. */
export function rankOf(ids: string, id: string): number {
  const wanted = id.slice(PREFIX_LENGTH)
  let [low, high] = [0, ids.length / ID_LENGTH]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (idAt(ids, middle) < wanted) low = middle + 1
    else high = middle
  }
  return low
}

/** The position of an id; null if the segment does not have it. */
export function positionOf(ids: string, id: string): number | null {
  const rank = rankOf(ids, id)
  return idAt(ids, rank) === id.slice(PREFIX_LENGTH) ? rank : null
}

// A block is named by its first term, the first one by 0: so whatever term is looked for, a segment has a block for it.
function toBlocks(positions: ReadonlyMap<number, readonly number[]>): readonly SegmentBlock[] {
  const blocks: SegmentBlock[] = []
  let name = 0
  let writer = new BlockWriter()
  for (const term of [...positions.keys()].sort((one, other) => one - other)) {
    if (writer.length >= BLOCK_BYTES) {
      blocks.push({ term: name, bytes: writer.bytes() })
      writer = new BlockWriter()
      name = term
    }
    writer.add(term, positions.get(term) ?? [])
  }
  blocks.push({ term: name, bytes: writer.bytes() })
  return blocks
}

// An entry is the term (6 bytes), the length of its list in bytes, and the list: the distance of each position from the
// one before. Lengths and distances are in LEB128.

class BlockWriter {
  readonly #bytes: number[] = []

  get length(): number {
    return this.#bytes.length
  }

  add(term: number, positions: readonly number[]): void {
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

  bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes)
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

class BlockReader {
  readonly #bytes: Uint8Array
  #at = 0
  #end = 0
  /** The term of the entry. */
  term = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Goes to the next entry. False at the end. */
  next(): boolean {
    this.#at = this.#end
    if (this.#at + TERM_BYTES > this.#bytes.length) return false
    this.term = 0
    for (let byte = 0; byte < TERM_BYTES; byte++) {
      this.term = this.term * 256 + (this.#bytes[this.#at++] ?? 0)
    }
    const length = this.#number()
    this.#end = this.#at + length
    return true
  }

  /** The list of the entry. */
  positions(): number[] {
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
