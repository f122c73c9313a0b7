import { secretForms } from './secret-forms.ts'

const MASK = '[redacted]'
const MIN_SECRET_LENGTH = 4

/** Redacts text that arrives in pieces. */
export interface RedactingStream {
  /** The redacted text so far, less an end that may be the beginning of a secret. */
  write(text: string): string
  /** The rest. */
  end(): string
}

/** All forms of all secrets, made once per list of secrets. */
interface Patterns {
  /** Longest first, so that of two secrets that begin alike the longer is redacted whole. */
  readonly expression: RegExp
  readonly byFirstCode: ReadonlyMap<number, readonly string[]>
  readonly longest: number
}

/** Replaces secrets in text by `[redacted]`: raw, and in base64, hex, URL-encoded and JSON-escaped form. */
export class Redactor {
  readonly #added = new Set<string>()
  #patterns: Patterns | null = null

  /** Replaces the list. A secret shorter than 4 characters is ignored: it would redact half of all text. */
  set(secrets: readonly string[]): void {
    const forms = new Set<string>()
    for (const secret of secrets) {
      if (secret.length < MIN_SECRET_LENGTH) continue
      for (const form of secretForms(secret)) forms.add(form)
    }
    this.#patterns = forms.size === 0 ? null : compile([...forms])
  }

  /** Redacts these too, beside all that were added before. */
  add(secrets: readonly string[]): void {
    for (const secret of secrets) this.#added.add(secret)
    this.set([...this.#added])
  }

  text(text: string): string {
    return this.#patterns === null ? text : text.replace(this.#patterns.expression, MASK)
  }

  /** Follows later calls of `set` too. */
  stream(): RedactingStream {
    let held = ''
    return {
      write: (text) => {
        const patterns = this.#patterns
        if (patterns === null) {
          const all = held + text
          held = ''
          return all
        }
        const split = redactSettled(held + text, patterns)
        held = split.held
        return split.redacted
      },
      end: () => {
        const rest = this.text(held)
        held = ''
        return rest
      },
    }
  }
}

function compile(forms: readonly string[]): Patterns {
  const sorted = forms.toSorted((a, b) => b.length - a.length)
  return {
    expression: new RegExp(sorted.map((form) => escapeForExpression(form)).join('|'), 'g'),
    byFirstCode: Map.groupBy(sorted, (form) => form.charCodeAt(0)),
    longest: sorted[0]?.length ?? 0,
  }
}

/** Redacts as much as no further text can change; the rest is held. */
function redactSettled(text: string, patterns: Patterns): { redacted: string; held: string } {
  let holdFrom = findBeginning(text, 0, patterns)
  let redacted = ''
  let position = 0
  for (const match of text.matchAll(patterns.expression)) {
    // From here on a longer secret may yet win.
    if (match.index >= holdFrom) break
    redacted += text.slice(position, match.index) + MASK
    position = match.index + match[0].length
    if (position > holdFrom) holdFrom = findBeginning(text, position, patterns)
  }
  return { redacted: redacted + text.slice(position, holdFrom), held: text.slice(holdFrom) }
}

/** Where the first end of the text lies that is the beginning, but not the whole, of a secret; else its length. */
function findBeginning(text: string, from: number, patterns: Patterns): number {
  for (
    let index = Math.max(from, text.length - patterns.longest + 1);
    index < text.length;
    index++
  ) {
    const candidates = patterns.byFirstCode.get(text.charCodeAt(index))
    if (candidates?.some((form) => continuesFrom(text, index, form))) return index
  }
  return text.length
}

// Character by character: most candidates differ at the second one, and slicing costs more than that.
function continuesFrom(text: string, index: number, form: string): boolean {
  const length = text.length - index
  if (form.length <= length) return false
  for (let offset = 1; offset < length; offset++) {
    if (form.charCodeAt(offset) !== text.charCodeAt(index + offset)) return false
  }
  return true
}

function escapeForExpression(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
