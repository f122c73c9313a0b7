import type { TextSpan } from './redacted.ts'

/** Shorter forms are not searched for. */
export const MIN_FORM_LENGTH = 4

const PAIRS = 0x1_00_00

/** Forms that start with the same characters, grouped by length, longest first. */
type Bucket = readonly { readonly length: number; readonly forms: Set<string> }[]

/**
 * Finds the forms of secrets in a text, whatever their number and length. One regular expression of all forms would
 * exceed the limits of the engine, which throws or ends the process.
 */
export class FormFinder {
  /** Whether a form may start with a pair of characters. Rules out nearly every index of a text at once. */
  readonly #pairs = new Uint8Array(PAIRS)
  readonly #buckets = new Map<string, Bucket>()
  /** The first one, two and three characters of each form. */
  readonly #beginnings = new Set<string>()
  #longest = 0

  /** Adds a form. One shorter than `MIN_FORM_LENGTH` is ignored. */
  add(form: string): void {
    if (form.length < MIN_FORM_LENGTH) return
    const start = form.slice(0, MIN_FORM_LENGTH)
    const bucket = this.#buckets.get(start) ?? []
    const { length } = form
    const same = bucket.find((group) => group.length === length)
    if (same === undefined) {
      const grown = [...bucket, { length, forms: new Set([form]) }]
      this.#buckets.set(
        start,
        grown.toSorted((one, other) => other.length - one.length),
      )
    } else same.forms.add(form)
    this.#pairs[pairAt(form, 0)] = 1
    for (let end = 1; end < MIN_FORM_LENGTH; end++) this.#beginnings.add(form.slice(0, end))
    this.#longest = Math.max(this.#longest, length)
  }

  /** The first form that starts in the range from `from` to before `before`; the longest of those that start there. */
  nextForm(text: string, from: number, before = text.length): TextSpan | null {
    const pairs = this.#pairs
    const last = Math.min(before - 1, text.length - MIN_FORM_LENGTH)
    let pair = lowByteAt(text, from)
    for (let start = from; start <= last; start++) {
      pair = ((pair & 0xff) << 8) | lowByteAt(text, start + 1)
      if (pairs[pair] === 0) continue
      const length = this.#lengthAt(text, start)
      if (length > 0) return { start, end: start + length }
    }
    return null
  }

  /** Index of the first suffix, at or after `from`, that starts but does not complete a form; else the length. */
  nextUnfinished(text: string, from: number): number {
    for (
      let start = Math.max(from, text.length - this.#longest + 1);
      start < text.length;
      start++
    ) {
      if (this.#mayContinue(text, start)) return start
    }
    return text.length
  }

  #lengthAt(text: string, start: number): number {
    const bucket = this.#buckets.get(text.slice(start, start + MIN_FORM_LENGTH)) ?? []
    const rest = text.length - start
    for (const { length, forms } of bucket) {
      if (length <= rest && forms.has(text.slice(start, start + length))) return length
    }
    return 0
  }

  #mayContinue(text: string, start: number): boolean {
    const rest = text.length - start
    if (rest < MIN_FORM_LENGTH) return this.#beginnings.has(text.slice(start))
    if (this.#pairs[pairAt(text, start)] === 0) return false
    const bucket = this.#buckets.get(text.slice(start, start + MIN_FORM_LENGTH)) ?? []
    for (const { length, forms } of bucket) {
      if (length <= rest) return false
      for (const form of forms) if (continuesFrom(text, start, form)) return true
    }
    return false
  }
}

// Made of the low bytes only. Pairs that share a number are told apart by the buckets.
function pairAt(text: string, index: number): number {
  return (lowByteAt(text, index) << 8) | lowByteAt(text, index + 1)
}

function lowByteAt(text: string, index: number): number {
  return text.charCodeAt(index) & 0xff
}

// Compares character by character: most forms differ soon, and slicing costs more.
function continuesFrom(text: string, start: number, form: string): boolean {
  const length = text.length - start
  for (let offset = MIN_FORM_LENGTH; offset < length; offset++) {
    if (form.charCodeAt(offset) !== text.charCodeAt(start + offset)) return false
  }
  return true
}
