import type { RE2JS } from 're2js'
import { FormFinder, MIN_FORM_LENGTH } from './form-finder.ts'
import {
  compileRedactPattern,
  createPatternStream,
  MASK,
  type RedactingStream,
  redactPatterns,
} from './redact-patterns.ts'
import { secretForms } from './secret-forms.ts'

export type { RedactingStream } from './redact-patterns.ts'

/** No form of a secret is shorter than itself. */
export const MIN_SECRET_LENGTH = MIN_FORM_LENGTH

/**
 * Replaces secrets in text by `[redacted]`: raw, and in base64, hex, URL-encoded and JSON-escaped form; and what the
 * patterns of the config match within a line.
 */
export class Redactor {
  readonly #secrets = new Set<string>()
  #forms = new FormFinder()
  #patterns: readonly RE2JS[] = []

  /** Replaces the list. A secret shorter than 4 characters is ignored: it would redact half of all text. */
  set(secrets: readonly string[]): void {
    this.#secrets.clear()
    this.#forms = new FormFinder()
    this.add(secrets)
  }

  /** Redacts these too, beside all that were given before. */
  add(secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (secret.length < MIN_SECRET_LENGTH || this.#secrets.has(secret)) continue
      this.#secrets.add(secret)
      for (const form of secretForms(secret)) this.#forms.add(form)
    }
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
    return redactAll(text, this.#forms)
  }

  #secretStream(): RedactingStream {
    let held = ''
    return {
      write: (text) => {
        const split = redactSettled(held + text, this.#forms)
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

function redactAll(text: string, forms: FormFinder): string {
  let redacted = ''
  let position = 0
  for (let found = forms.next(text, 0); found !== null; found = forms.next(text, position)) {
    redacted += text.slice(position, found.start) + MASK
    position = found.end
  }
  return redacted + text.slice(position)
}

/** Redacts as much as no further text can change; the rest is held. */
function redactSettled(text: string, forms: FormFinder): { redacted: string; held: string } {
  let holdFrom = forms.beginning(text, 0)
  let redacted = ''
  let position = 0
  for (;;) {
    // From where it is held on, a longer secret may yet win.
    const found = forms.next(text, position, holdFrom)
    if (found === null) break
    redacted += text.slice(position, found.start) + MASK
    position = found.end
    if (position > holdFrom) holdFrom = forms.beginning(text, position)
  }
  return { redacted: redacted + text.slice(position, holdFrom), held: text.slice(holdFrom) }
}
