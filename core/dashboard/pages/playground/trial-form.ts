import { parseKeepingDigits } from '../../../kit/exact-json.ts'
import { errorMessageOf } from '../../../kit/thrown.ts'

/** What the form of the playground holds, as texts. */
export interface TrialForm {
  /** `DELIVERY` or `DELIVERY/EVENT`; empty: the event that is written below. */
  readonly stored: string
  readonly source: string
  readonly type: string
  readonly facts: string
  readonly payload: string
  readonly on: string
  readonly when: string
  /** One a line: a text with placeholders, or `=` and an expression. */
  readonly templates: string
  /** The rule in force that a backtest compares with. */
  readonly rule: string
  readonly last: string
}

type Given = Readonly<Record<string, string | undefined>>

const DEFAULT_LAST = 100

export function readTrialForm(given: Given): TrialForm {
  const of = (name: keyof TrialForm) => given[name] ?? ''
  return {
    stored: of('stored'),
    source: of('source'),
    type: of('type'),
    facts: of('facts'),
    payload: of('payload'),
    on: of('on').trim(),
    when: of('when').trim(),
    templates: of('templates'),
    rule: of('rule'),
    last: of('last') || String(DEFAULT_LAST),
  }
}

/** A field whose JSON is not valid. */
export class FieldFault extends Error {
  readonly field: 'facts' | 'payload'
  constructor(field: 'facts' | 'payload', cause: unknown) {
    super(errorMessageOf(cause))
    this.field = field
  }
}

/** The body of `POST /api/conditions/evaluate`. Throws `FieldFault`. */
export function evaluateBodyOf(form: TrialForm) {
  const { on, when } = form
  return {
    event: eventOf(form),
    ...(on === '' ? {} : { on }),
    ...(when === '' ? {} : { condition: when }),
    params: Object.fromEntries(
      templatesOf(form).map((text, index) => [lineName(index), paramOf(text)]),
    ),
  }
}

/** The body of `POST /api/config/rules/backtest`. `on`: that of the event, if the form has none. */
export function backtestBodyOf({ on, when, rule, last }: TrialForm, eventOn: string) {
  return {
    rule: {
      ...(rule === '' ? {} : { name: rule }),
      on: on === '' ? eventOn : on,
      ...(when === '' ? {} : { when }),
    },
    last: Number(last),
  }
}

/** The name of a template in the answer, and in its messages. */
export function lineName(index: number): string {
  return `line ${index + 1}`
}

/** The templates of the form, in its order. */
export function templatesOf({ templates }: TrialForm): readonly string[] {
  return templates
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

function paramOf(line: string): string | { cel: string } {
  return line.startsWith('=') ? { cel: line.slice(1).trim() } : line
}

function eventOf({ stored, source, type, facts, payload }: TrialForm) {
  if (stored !== '') {
    const [delivery = '', event] = stored.split('/')
    return { delivery, ...(event === undefined ? {} : { event }) }
  }
  return {
    type: type.trim(),
    ...(source === '' ? {} : { source }),
    facts: jsonOf('facts', facts, {}),
    payload: jsonOf('payload', payload, null),
  }
}

function jsonOf(field: FieldFault['field'], text: string, otherwise: unknown): unknown {
  if (text.trim() === '') return otherwise
  try {
    return parseKeepingDigits(text)
  } catch (error) {
    throw new FieldFault(field, error)
  }
}
