import type { Segment, SegmentKind } from '../../../contracts/projection.ts'
import { BlocksReader, BlocksWriter } from './blocks.ts'

/** Characters of an id after its prefix. Other ids are not made by `createId`, and no segment has them. */
const ID_LENGTH = 26
const PREFIX_LENGTH = 4

/** A delivery or a task, and the terms that it is found by. */
export interface IndexedDocument {
  readonly id: string
  /** Whole numbers below 2^48. */
  readonly terms: Iterable<number>
}

/** A segment that is being made. It takes one document after the other, and keeps none of them. */
export class SegmentMaker {
  readonly #kind: SegmentKind
  readonly #numbers = new Map<string, number>()
  readonly #found = new Map<number, number[]>()

  constructor(kind: SegmentKind) {
    this.#kind = kind
  }

  /** Without effect for an id that is not of the usual form. */
  add({ id, terms }: IndexedDocument): void {
    if (id.length !== PREFIX_LENGTH + ID_LENGTH) return
    const number = this.#numbers.get(id) ?? this.#numbers.size
    this.#numbers.set(id, number)
    for (const term of terms) {
      const list = this.#found.get(term)
      if (list === undefined) this.#found.set(term, [number])
      else list.push(number)
    }
  }

  /** Null if it has no document. */
  segment(): Segment | null {
    const ids = [...this.#numbers.keys()].sort()
    const positions = new Map(ids.map((id, position) => [this.#numbers.get(id), position]))
    const writer = new BlocksWriter()
    for (const term of [...this.#found.keys()].sort(ascending)) {
      const list = this.#found.get(term) ?? []
      writer.add(term, inOrder(list.map((number) => positions.get(number) ?? 0)))
    }
    return toSegment(this.#kind, ids, writer)
  }
}

/**
 * All documents of the segments in one, or those that are kept. Null if there are none. It goes through all of them at
 * once, term by term, since their documents take a hundred times as much memory.
 */
export function mergeSegments(
  segments: readonly Segment[],
  isKept: (id: string) => boolean = () => true,
): Segment | null {
  const idsOfEach = segments.map(({ ids, first }) => idsIn(ids, first))
  const ids = [...new Set(idsOfEach.flat())].filter(isKept).sort()
  const places = new Map(ids.map((id, place) => [id, place]))
  const parts = segments.map(({ blocks }, index) => ({
    reader: new BlocksReader(blocks.map(({ bytes }) => bytes)),
    places: idsOfEach[index]?.map((id) => places.get(id)) ?? [],
  }))
  const writer = new BlocksWriter()
  for (let term = 0; ; ) {
    term = Number.POSITIVE_INFINITY
    for (const { reader } of parts) if (reader.term < term) term = reader.term
    if (term === Number.POSITIVE_INFINITY) break
    const found: number[] = []
    for (const { reader, places } of parts) {
      if (reader.term !== term) continue
      for (const position of reader.positions()) {
        const place = places[position]
        if (place !== undefined) found.push(place)
      }
      reader.next()
    }
    if (found.length > 0) writer.add(term, inOrder(found))
  }
  const [kind] = segments.map((segment) => segment.kind)
  return kind === undefined ? null : toSegment(kind, ids, writer)
}

/** The positions of a term's documents in the block that would have them, in ascending order. */
export function positionsIn(block: Uint8Array, term: number): readonly number[] {
  const reader = new BlocksReader([block])
  while (reader.term < term) reader.next()
  return reader.term === term ? reader.positions() : []
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

function toSegment(
  kind: SegmentKind,
  ids: readonly string[],
  writer: BlocksWriter,
): Segment | null {
  const [first, last] = [ids[0], ids.at(-1)]
  if (first === undefined || last === undefined) return null
  return {
    kind,
    documents: ids.length,
    first,
    last,
    ids: ids.map((id) => id.slice(PREFIX_LENGTH)).join(''),
    blocks: writer.blocks(),
  }
}

function ascending(one: number, other: number): number {
  return one - other
}

/** The numbers, each once. Those of neighbours in time mostly are in order. */
function inOrder(numbers: readonly number[]): readonly number[] {
  const isInOrder = numbers.every(
    (number, index) => index === 0 || number > (numbers[index - 1] ?? 0),
  )
  return isInOrder ? numbers : [...new Set(numbers)].sort(ascending)
}
