import { z } from 'zod'
import type { DocumentStore, DocumentWrite } from '../contracts/document.ts'

/** Digits of a position, so that names sort as numbers do. */
const DIGITS = 7

const idsSchema = z.array(z.string())

/** The ids that a job has selected, newest first. They are kept in documents, each with the position of its first id. */
export class JobItems {
  readonly #collection: string
  readonly #ids: string[] = []
  readonly #known = new Set<string>()
  #positions: number[] = []

  private constructor(jobId: string) {
    this.#collection = `${JobItems.prefix}${jobId}`
  }

  static readonly prefix = 'jobs/'

  static async read(store: Pick<DocumentStore, 'documents'>, jobId: string): Promise<JobItems> {
    const items = new JobItems(jobId)
    for (const { name, value } of await store.documents(items.#collection)) {
      items.#positions.push(Number(name))
      items.#put(idsSchema.parse(JSON.parse(value)))
    }
    return items
  }

  /** The writes that keep what was selected from the start. */
  static first(jobId: string, ids: readonly string[]): readonly DocumentWrite[] {
    return new JobItems(jobId).add(ids)
  }

  /** The ids before a position, at most `limit`, the oldest first. */
  oldest(left: number, limit: number): readonly string[] {
    return this.#ids.slice(Math.max(0, left - limit), left).toReversed()
  }

  has(id: string): boolean {
    return this.#known.has(id)
  }

  /** Adds ids, and returns the write that keeps them. */
  add(ids: readonly string[]): readonly DocumentWrite[] {
    if (ids.length === 0) return []
    const position = this.#ids.length
    this.#positions.push(position)
    this.#put(ids)
    return [this.#write(position, JSON.stringify(ids))]
  }

  /** Drops the documents from a position on, and returns the writes that delete them. */
  drop(from: number): readonly DocumentWrite[] {
    const dropped = this.#positions.filter((position) => position >= from)
    this.#positions = this.#positions.filter((position) => position < from)
    return dropped.map((position) => this.#write(position, null))
  }

  #put(ids: readonly string[]): void {
    for (const id of ids) {
      this.#ids.push(id)
      this.#known.add(id)
    }
  }

  #write(position: number, value: string | null): DocumentWrite {
    const name = String(position).padStart(DIGITS, '0')
    return { collection: this.#collection, name, value }
  }
}
