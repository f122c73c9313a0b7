import { REDACTED } from './redacted.ts'
import { MIN_SECRET_LENGTH, type Redactor } from './redactor.ts'
import { secretForms } from './secret-forms.ts'

/** Result of a search for secrets that a redactor lets through. */
export interface RedactionCheck {
  /** Secrets that were given. */
  readonly secrets: number
  /** Secrets that are too short to be redacted. */
  readonly tooShort: number
  /** Forms that were tried, such as base64. */
  readonly forms: number
  /** How often a form was cut in two. */
  readonly cuts: number
  /** Forms that got through. Secrets and forms are numbered from 1. */
  readonly leaks: readonly {
    readonly secret: number
    readonly form: number
    readonly cut: number
  }[]
}

// These surround each form. No form contains them.
const BEFORE = '\u2192 '
const AFTER = ' \u2190\n'

/**
 * Checks whether a redactor lets any form of a secret through, whole or cut in two at any index. The result holds no
 * secret.
 */
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

// Not even a part of a form may be left.
function hasRest(redacted: string): boolean {
  return /[^\u2190\u2192\s]/.test(redacted.replaceAll(REDACTED, ''))
}
