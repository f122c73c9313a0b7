import type { SearchTerm } from '../../../contracts/lists.ts'
import type { SegmentInfo } from '../../../contracts/projection.ts'
import type { PageBounds } from '../pages.ts'
import type { SearchReader } from './reader.ts'
import { positionOf, positionsIn, rankOf } from './segment.ts'

/** A segment was replaced by another while it was read. The search is to be done again. */
export class SegmentGone extends Error {}

type Reader = Pick<SearchReader<unknown>, 'blocks' | 'idsAt' | 'ids'>

/** The positions in a segment that have all terms, in ascending order. */
interface Matched {
  readonly info: SegmentInfo
  readonly positions: readonly number[]
}

/** What segments have of several terms. */
export class SegmentMatches {
  readonly #reader: Reader
  readonly #terms: readonly SearchTerm[]
  readonly #matched: Matched[] = []
  #count = 0

  constructor(reader: Reader, terms: readonly SearchTerm[]) {
    this.#reader = reader
    this.#terms = terms
  }

  /** Adds segments. Throws `SegmentGone`. */
  async read(
    infos: readonly SegmentInfo[],
    { before }: PageBounds,
  ): Promise<{ readonly count: number }> {
    const matched = await this.#match(infos)
    const cut = matched.filter(({ info }) => info.last >= before)
    const ids = await this.#idsOf(cut)
    for (const each of matched) {
      const all = ids.get(each.info.number)
      const rank = all === undefined ? null : rankOf(all, before)
      const positions =
        rank === null ? each.positions : each.positions.filter((position) => position < rank)
      if (positions.length > 0) this.#matched.push({ info: each.info, positions })
      this.#count += positions.length
    }
    return { count: this.#count }
  }

  /**
   * The newest ids of what was read: at most `limit` of each segment. `cutAt`: a segment has more than these below this id.
   */
  async newest(
    { from }: PageBounds,
    limit: number,
  ): Promise<{ readonly ids: readonly string[]; readonly cutAt: string | null }> {
    const places = this.#matched.map(({ info, positions }) => {
      return { segment: info.number, positions: positions.slice(-limit) }
    })
    const found = places.length === 0 ? [] : await this.#reader.idsAt(places)
    const ids = new Set<string>()
    let cutAt = ''
    for (const [index, { info, positions }] of this.#matched.entries()) {
      const own = (found[index] ?? []).map((id) => prefixOf(info) + id)
      if (own.length < Math.min(positions.length, limit)) throw new SegmentGone()
      for (const id of own) if (id >= from) ids.add(id)
      const [oldest] = own
      if (positions.length > limit && oldest !== undefined && oldest >= from) {
        cutAt = oldest > cutAt ? oldest : cutAt
      }
    }
    return { ids: [...ids].sort().reverse(), cutAt: cutAt === '' ? null : cutAt }
  }

  /** Those of the ids, newest first, that have all terms. Throws `SegmentGone`. */
  async among(infos: readonly SegmentInfo[], ids: readonly string[]): Promise<readonly string[]> {
    const asked = infos
      .map((info) => ({ info, ids: ids.filter((id) => id >= info.first && id <= info.last) }))
      .filter((each) => each.ids.length > 0)
    const matched = await this.#match(asked.map(({ info }) => info))
    const all = await this.#idsOf(matched)
    const found = new Set<string>()
    for (const { info, positions } of matched) {
      const own = asked.find((each) => each.info === info)?.ids ?? []
      for (const id of own) {
        const position = positionOf(all.get(info.number) ?? '', id)
        if (position !== null && positions.includes(position)) found.add(id)
      }
    }
    return ids.filter((id) => found.has(id))
  }

  /** Segments with any match. */
  async #match(infos: readonly SegmentInfo[]): Promise<readonly Matched[]> {
    if (infos.length === 0) return []
    const numbers = this.#terms.flat()
    const places = infos.flatMap(({ number: segment }) =>
      numbers.map((term) => ({ segment, term })),
    )
    const blocks = await this.#reader.blocks(places)
    return infos.flatMap((info, index) => {
      const own = blocks.slice(index * numbers.length, (index + 1) * numbers.length)
      const positions = this.#positionsOf(own)
      return positions.length === 0 ? [] : [{ info, positions }]
    })
  }

  // `blocks` are one for each number of each term.
  #positionsOf(blocks: readonly (Uint8Array | null)[]): readonly number[] {
    let at = 0
    let all: readonly number[] | null = null
    for (const term of this.#terms) {
      let any: readonly number[] = []
      for (const number of term) {
        const block = blocks[at++]
        if (block === null || block === undefined) throw new SegmentGone()
        any = united(any, positionsIn(block, number))
      }
      all = all === null ? any : common(all, any)
    }
    return all ?? []
  }

  async #idsOf(matched: readonly Matched[]): Promise<ReadonlyMap<number, string>> {
    const numbers = matched.map(({ info }) => info.number)
    const found = numbers.length === 0 ? [] : await this.#reader.ids(numbers)
    return new Map(
      numbers.map((number, index) => {
        const ids = found[index]
        if (ids === null || ids === undefined) throw new SegmentGone()
        return [number, ids]
      }),
    )
  }
}

function prefixOf({ first }: SegmentInfo): string {
  return first.slice(0, 4)
}

// Both lists are in ascending order, and so is what these return.

function united(one: readonly number[], other: readonly number[]): readonly number[] {
  if (one.length === 0) return other
  if (other.length === 0) return one
  return [...new Set([...one, ...other])].sort((a, b) => a - b)
}

function common(one: readonly number[], other: readonly number[]): readonly number[] {
  const both: number[] = []
  let at = 0
  for (const value of one) {
    while (at < other.length && (other[at] as number) < value) at++
    if (other[at] === value) both.push(value)
  }
  return both
}
