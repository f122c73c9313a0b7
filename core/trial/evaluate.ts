import { setImmediate } from 'node:timers/promises'
import { compileExplained } from '../conditions/explanation.ts'
import type { KnownNames } from '../conditions/expression.ts'
import { compileTemplate, type TemplateText } from '../conditions/template.ts'
import { type ErrorCode, HooklineError, isHooklineError } from '../errors/errors.ts'
import { REDACTED } from '../redaction/redacted.ts'
import type { Redactor } from '../redaction/redactor.ts'
import type { ValueSource } from '../sdk/events/event-value.ts'
import { type ClauseView, ClauseViews, cutText } from './clause-views.ts'

const MAX_PARAM_LENGTH = 10_000
/** Of all values of a param together. */
const MAX_FILLED_LENGTH = 2 ** 20
/** Placeholders times the length of the payload, which each of them may have to be found in. */
const MAX_SEARCHED_LENGTH = 32 * 2 ** 20
const SECRET_NAME = /\{secret\.([^{}]*)\}/g

export interface EvaluateInput {
  readonly condition: string | undefined
  readonly params: Readonly<Record<string, TemplateText>>
  readonly source: ValueSource
  readonly known: KnownNames
  readonly redactor: Pick<Redactor, 'text'>
}

export interface Evaluated {
  /** Null if there is no condition. */
  readonly condition: EvaluatedCondition | null
  readonly params: Readonly<Record<string, EvaluatedParam>>
}

export interface EvaluatedCondition {
  /** `invalid`: it does not compile, see `faults`. */
  readonly outcome: 'true' | 'false' | 'error' | 'invalid'
  readonly error: string | null
  readonly faults: readonly ConditionFault[]
  readonly clauses: ClauseView | null
}

/** Why a condition does not compile, as the loader says it. */
export interface ConditionFault {
  readonly code: ErrorCode
  readonly message: string
  readonly remedy: string
  /** The part that is wrong; null: the whole, or not known. `end` is the position behind it. */
  readonly start: number | null
  readonly end: number | null
}

export interface EvaluatedParam {
  readonly value: string | null
  readonly error: Pick<HooklineError, 'code' | 'message' | 'remedy'> | null
}

/** Evaluates a condition and templates for one event. Nothing of what fails is thrown. */
export async function evaluate(input: EvaluateInput): Promise<Evaluated> {
  const condition = input.condition === undefined ? null : evaluateCondition(input, input.condition)
  const params: [string, EvaluatedParam][] = []
  for (const [name, template] of Object.entries(input.params)) {
    // Each may take as long as a whole condition.
    await setImmediate()
    params.push([name, evaluateParam(input, name, template)])
  }
  return { condition, params: Object.fromEntries(params) }
}

function evaluateCondition(
  { source, known, redactor }: EvaluateInput,
  text: string,
): EvaluatedCondition {
  try {
    const { outcome, error, clause } = compileExplained(text, known)(source.event)
    const views = new ClauseViews({ redactor, showsPayload: true })
    return { outcome, error: error?.message ?? null, faults: [], clauses: views.view(clause) }
  } catch (error) {
    return { outcome: 'invalid', error: null, faults: [faultOf(error)], clauses: null }
  }
}

/** The fault of an error that a compilation threw. Throws anything that is not a `HooklineError`. */
export function faultOf(error: unknown): ConditionFault {
  if (!isHooklineError(error)) throw error
  const { code, message, remedy } = error
  const range = error.fields['range'] as { start: number; end: number } | undefined
  return { code, message, remedy, start: range?.start ?? null, end: range?.end ?? null }
}

function evaluateParam(
  { source, redactor }: EvaluateInput,
  name: string,
  template: TemplateText,
): EvaluatedParam {
  try {
    const { names, fill } = compileTemplate(template, {
      path: name,
      secrets: maskedSecrets(template),
    })
    if (names.length * source.payload.length > MAX_SEARCHED_LENGTH) {
      throw tooLarge('has too many placeholders for so large a payload')
    }
    let length = 0
    const value = fill(source, (text) => {
      length += text.length
      if (length > MAX_FILLED_LENGTH)
        throw tooLarge(`gives more than ${MAX_FILLED_LENGTH} characters`)
      return text
    })
    return { value: cutText(redactor.text(value), MAX_PARAM_LENGTH), error: null }
  } catch (error) {
    if (!isHooklineError(error)) throw error
    const { code, message, remedy } = error
    return { value: null, error: { code, message, remedy } }
  }
}

/** Secrets are not read here: each placeholder of one shows that it is there. */
function maskedSecrets(template: TemplateText): Readonly<Record<string, string>> {
  if (typeof template !== 'string') return {}
  const names = [...template.matchAll(SECRET_NAME)].map(
    ([, name = '']) => [name, REDACTED] as const,
  )
  return Object.fromEntries(names)
}

function tooLarge(what: string): HooklineError {
  return new HooklineError('expression_failed', `The template ${what}`)
}
