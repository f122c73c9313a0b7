import type { RE2JS } from 're2js'
import { FormFinder, MIN_FORM_LENGTH } from './form-finder.ts'
import {
  compileRedactPattern,
  createPatternStream,
  type RedactingStream,
  redactPatterns,
} from './patterns.ts'
import { redactSpans, type TextSpan } from './redacted.ts'
import { secretForms } from './secret-forms.ts'

export type { RedactingStream } from './patterns.ts'

/** Shorter secrets are not redacted: they would redact much of all text. No form of a secret is shorter than it. */
export const MIN_SECRET_LENGTH = MIN_FORM_LENGTH

/**
 * Replaces secrets in text by `[redacted]`: as they are, and in base64, hex, URL-encoded and JSON-escaped form. Also
 * replaces what the patterns of the config match within a line.
 */
export class Redactor {
  readonly #secrets = new Set<string>()
  #forms = new FormFinder()
  #patterns: readonly RE2JS[] = []

  /** Replaces the secrets. Those shorter than `MIN_SECRET_LENGTH` are ignored. */
  set(secrets: readonly string[]): void {
    this.#secrets.clear()
    this.#forms = new FormFinder()
    this.add(secrets)
  }

  /** Adds to the secrets. */
  add(secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (secret.length < MIN_SECRET_LENGTH || this.#secrets.has(secret)) continue
      this.#secrets.add(secret)
      for (const form of secretForms(secret)) this.#forms.add(form)
    }
  }

  /** Replaces the patterns. Throws if one is invalid. */
  setPatterns(patterns: readonly string[]): void {
    this.#patterns = patterns.map(compileRedactPattern)
  }

  /** The text, redacted. */
  text(text: string): string {
    return redactPatterns(redactForms(text, this.#forms), this.#patterns)
  }

  /** Redacts text that arrives in pieces. Later changes of secrets and patterns apply. */
  stream(): RedactingStream {
    const secrets = this.#secretStream()
    const patterns = createPatternStream(() => this.#patterns)
    return {
      write: (text) => patterns.write(secrets.write(text)),
      end: () => patterns.write(secrets.end()) + patterns.end(),
    }
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
        const rest = redactForms(held, this.#forms)
        held = ''
        return rest
      },
    }
  }
}

function redactForms(text: string, forms: FormFinder): string {
  let found = forms.nextForm(text, 0)
  if (found === null) return text
  const spans: TextSpan[] = []
  while (found !== null) {
    spans.push(found)
    found = forms.nextForm(text, found.end)
  }
  return redactSpans(text, spans)
}

/** Redacts the part of a text that no further text can change. The rest is held. */
function redactSettled(text: string, forms: FormFinder): { redacted: string; held: string } {
  const spans: TextSpan[] = []
  let holdFrom = forms.nextUnfinished(text, 0)
  // A form that starts in the held part may still grow into a longer one.
  let found = forms.nextForm(text, 0, holdFrom)
  while (found !== null) {
    spans.push(found)
    if (found.end > holdFrom) holdFrom = forms.nextUnfinished(text, found.end)
    found = forms.nextForm(text, found.end, holdFrom)
  }
  return { redacted: redactSpans(text.slice(0, holdFrom), spans), held: text.slice(holdFrom) }
}
