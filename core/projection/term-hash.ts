import { hash } from 'node:crypto'

/** Those of a step, and what comes again in the next ones. More would live too long to be collected cheaply. */
const MAX_CACHED = 2_000
/** 48 bits in hex: a whole number that a double holds. */
const DIGITS = 12

/** Keys that the numbers of terms are made with. */
export interface TermKeySource {
  /** The key for what is encrypted in the store. */
  sealing(): string
  /** All keys that numbers may have been made with, for what is or was encrypted. */
  all(): Promise<readonly string[]>
}

/** The key for what is not encrypted in the store: there, nothing has to be hidden. */
const PLAIN = ''

/**
 * Turns terms into the numbers that a store keeps. What is encrypted in the store must not become readable by its terms:
 * without the key, nobody can tell what a number stands for, or try out words.
 */
export class TermHash {
  readonly #keys: TermKeySource
  /** By key, then by term. */
  readonly #cached = new Map<string, Map<string, number>>()

  constructor(keys: TermKeySource) {
    this.#keys = keys
  }

  /** Numbers of the terms of something that is, or is not, encrypted. */
  numbers(terms: readonly string[], isSealed = false): readonly number[] {
    const key = isSealed ? this.#keys.sealing() : PLAIN
    return terms.map((term) => this.#number(term, key))
  }

  /** All numbers that a term may have. */
  async anyOf(terms: readonly string[]): Promise<readonly number[]> {
    const keys = [PLAIN, ...(await this.#keys.all())]
    return terms.flatMap((term) => keys.map((key) => this.#number(term, key)))
  }

  // Most terms come again and again.
  #number(term: string, key: string): number {
    const cached = this.#cached.get(key)
    const known = cached?.get(term)
    if (known !== undefined) return known
    const number = Number.parseInt(hash('sha256', `${key}\0${term}`, 'hex').slice(0, DIGITS), 16)
    if (cached === undefined || cached.size >= MAX_CACHED)
      this.#cached.set(key, new Map([[term, number]]))
    else cached.set(term, number)
    return number
  }
}
