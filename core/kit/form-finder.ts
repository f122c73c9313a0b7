/** Texts that are looked for have at least so many characters. */
export const MIN_FORM_LENGTH = 4

const PAIRS = 0x1_00_00

/** Texts that begin alike, by length, the longest first. */
type Bucket = readonly { readonly length: number; readonly forms: Set<string> }[]

export interface FoundForm {
  readonly start: number
  readonly end: number
}

/**
 * Finds the texts of a list in a text, however many there are, and however long: a regular expression of all of them
 * has limits that end in a throw, and then in the end of the process.
 */
export class FormFinder {
  /** Whether some text begins with a pair of characters; answers nearly every place of a text at once. */
  readonly #pairs = new Uint8Array(PAIRS)
  readonly #buckets = new Map<string, Bucket>()
  /** The first one, two and three characters of all. */
  readonly #beginnings = new Set<string>()
  #longest = 0

  /** Length of the longest; 0 where there is none. */
  get longest(): number {
    return this.#longest
  }

  /** Looks for this too. Shorter ones than `MIN_FORM_LENGTH` are ignored. */
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

  /** The first that begins at `from` or behind it, and before `before`: of those that begin there, the longest. */
  next(text: string, from: number, before = text.length): FoundForm | null {
    const last = Math.min(before - 1, text.length - MIN_FORM_LENGTH)
    for (let start = from; start <= last; start++) {
      if (this.#pairs[pairAt(text, start)] === 0) continue
      const length = this.#lengthAt(text, start)
      if (length > 0) return { start, end: start + length }
    }
    return null
  }

  /** Where the first end of a text lies, not before `from`, that is the beginning of one but not the whole; else its length. */
  beginning(text: string, from: number): number {
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

// Of the low bytes: other pairs of the same number are only looked at more closely.
function pairAt(text: string, index: number): number {
  return ((text.charCodeAt(index) & 0xff) << 8) | (text.charCodeAt(index + 1) & 0xff)
}

// Character by character: most differ soon, and slicing costs more than that.
function continuesFrom(text: string, start: number, form: string): boolean {
  const length = text.length - start
  for (let offset = MIN_FORM_LENGTH; offset < length; offset++) {
    if (form.charCodeAt(offset) !== text.charCodeAt(start + offset)) return false
  }
  return true
}
