import type { RE2JS } from 're2js'
import {
  compileRedactPattern,
  createPatternStream,
  MASK,
  type RedactingStream,
  redactPatterns,
} from './redact-patterns.ts'
import { secretForms } from './secret-forms.ts'

export type { RedactingStream } from './redact-patterns.ts'

export const MIN_SECRET_LENGTH = 4

/** All forms of all secrets, made once per list of secrets. */
interface Forms {
  /** Longest first, so that of two secrets that begin alike the longer is redacted whole. */
  readonly expression: RegExp
  readonly byFirstCode: ReadonlyMap<number, readonly string[]>
  readonly longest: number
}

/**
 * Replaces secrets in text by `[redacted]`: raw, and in base64, hex, URL-encoded and JSON-escaped form; and what the
 * patterns of the config match within a line.
 */
export class Redactor {
  readonly #added = new Set<string>()
  #forms: Forms | null = null
  #patterns: readonly RE2JS[] = []

  /** Replaces the list. A secret shorter than 4 characters is ignored: it would redact half of all text. */
  set(secrets: readonly string[]): void {
    const forms = new Set<string>()
    for (const secret of secrets) {
      if (secret.length < MIN_SECRET_LENGTH) continue
      for (const form of secretForms(secret)) forms.add(form)
    }
    this.#forms = forms.size === 0 ? null : compile([...forms])
  }

  /** Redacts these too, beside all that were added before. */
  add(secrets: readonly string[]): void {
    for (const secret of secrets) this.#added.add(secret)
    this.set([...this.#added])
  }

  /** Replaces the patterns. Throws where one is not valid. */
  setPatterns(patterns: readonly string[]): void {
    this.#patterns = patterns.map(compileRedactPattern)
  }

  text(text: string): string {
    return redactPatterns(this.#secretsIn(text), this.#patterns)
  }

  /** Follows later changes too. */
  stream(): RedactingStream {
    const secrets = this.#secretStream()
    const patterns = createPatternStream(() => this.#patterns)
    return {
      write: (text) => patterns.write(secrets.write(text)),
      end: () => patterns.write(secrets.end()) + patterns.end(),
    }
  }

  #secretsIn(text: string): string {
    return this.#forms === null ? text : text.replace(this.#forms.expression, MASK)
  }

  #secretStream(): RedactingStream {
    let held = ''
    return {
      write: (text) => {
        const forms = this.#forms
        if (forms === null) {
          const all = held + text
          held = ''
          return all
        }
        const split = redactSettled(held + text, forms)
        held = split.held
        return split.redacted
      },
      end: () => {
        const rest = this.#secretsIn(held)
        held = ''
        return rest
      },
    }
  }
}

function compile(forms: readonly string[]): Forms {
  const sorted = forms.toSorted((a, b) => b.length - a.length)
  return {
    expression: new RegExp(sorted.map((form) => escapeForExpression(form)).join('|'), 'g'),
    byFirstCode: Map.groupBy(sorted, (form) => form.charCodeAt(0)),
    longest: sorted[0]?.length ?? 0,
  }
}

/** Redacts as much as no further text can change; the rest is held. */
function redactSettled(text: string, forms: Forms): { redacted: string; held: string } {
  let holdFrom = findBeginning(text, 0, forms)
  let redacted = ''
  let position = 0
  for (const match of text.matchAll(forms.expression)) {
    // From here on a longer secret may yet win.
    if (match.index >= holdFrom) break
    redacted += text.slice(position, match.index) + MASK
    position = match.index + match[0].length
    if (position > holdFrom) holdFrom = findBeginning(text, position, forms)
  }
  return { redacted: redacted + text.slice(position, holdFrom), held: text.slice(holdFrom) }
}

/** Where the first end of the text lies that is the beginning, but not the whole, of a secret; else its length. */
function findBeginning(text: string, from: number, forms: Forms): number {
  for (let index = Math.max(from, text.length - forms.longest + 1); index < text.length; index++) {
    const candidates = forms.byFirstCode.get(text.charCodeAt(index))
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
