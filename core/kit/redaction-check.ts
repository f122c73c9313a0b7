import { MIN_SECRET_LENGTH, type Redactor } from './redact.ts'
import { MASK } from './redact-patterns.ts'
import { secretForms } from './secret-forms.ts'

/** What a look for every secret in every form came to. */
export interface RedactionCheck {
  readonly secrets: number
  /** Secrets that are too short to be redacted. */
  readonly tooShort: number
  readonly forms: number
  /** Places at which a form was cut in two. */
  readonly cuts: number
  /** Forms that got through, by the number of their secret, from 1. */
  readonly leaks: readonly {
    readonly secret: number
    readonly form: number
    readonly cut: number
  }[]
}

// Around a form stands what cannot be part of it.
const BEFORE = '\u2192 '
const AFTER = ' \u2190\n'

/** Looks whether a redactor lets a secret through, in any form, cut in two at any place. Never holds a secret itself. */
export function checkRedaction(redactor: Redactor, secrets: readonly string[]): RedactionCheck {
  const all = [...new Set(secrets)]
  const leaks: RedactionCheck['leaks'][number][] = []
  let [forms, cuts] = [0, 0]
  for (const [index, secret] of all.entries()) {
    if (secret.length < MIN_SECRET_LENGTH) continue
    for (const [number, form] of [...secretForms(secret)].entries()) {
      forms++
      for (let cut = 0; cut <= form.length; cut++) {
        cuts++
        if (!getsThrough(redactor, form, cut)) continue
        leaks.push({ secret: index + 1, form: number + 1, cut })
        break
      }
    }
  }
  const tooShort = all.filter(({ length }) => length < MIN_SECRET_LENGTH).length
  return { secrets: all.length, tooShort, forms, cuts, leaks }
}

function getsThrough(redactor: Redactor, form: string, cut: number): boolean {
  const stream = redactor.stream()
  const first = stream.write(BEFORE + form.slice(0, cut))
  const out = first + stream.write(form.slice(cut) + AFTER) + stream.end()
  return hasRest(out) || hasRest(redactor.text(BEFORE + form + AFTER))
}

// Nothing may be left of a form, not a part of it either.
function hasRest(redacted: string): boolean {
  return /[^\u2190\u2192\s]/.test(redacted.replaceAll(MASK, ''))
}
