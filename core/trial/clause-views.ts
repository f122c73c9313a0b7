import type { Clause, NamedValue } from '../conditions/explanation.ts'
import type { Redactor } from '../redaction/redactor.ts'
import { jsonPreview } from './json-preview.ts'

const MAX_VALUES = 20
const MAX_VALUE_LENGTH = 200
/** What is read of a longer value before it is redacted and cut. */
const MAX_READ_LENGTH = 8000
/** The end of what was read may be part of a secret that was not recognised, so it is never shown. */
const UNSHOWN_LENGTH = 6000

export const VALUE_TYPES = [
  'string',
  'number',
  'bool',
  'null',
  'timestamp',
  'list',
  'map',
  'missing',
  'hidden',
] as const

export type ValueType = (typeof VALUE_TYPES)[number]

/** A value that a clause reads, as it is shown. */
export interface ValueView {
  readonly name: string
  /** `missing`: the event has none. `hidden`: the caller may not see it. */
  readonly type: ValueType
  /** JSON, without secrets, cut to 200 characters; null if it is missing or hidden. */
  readonly value: string | null
}

export interface ClauseView extends Omit<Clause, 'values' | 'clauses'> {
  readonly values: readonly ValueView[]
  readonly clauses: readonly ClauseView[]
}

export interface ClauseViewsOptions {
  readonly redactor: Pick<Redactor, 'text'>
  /** Whether values of the payload and the request are shown. Facts and what Hookline knows of the event always are. */
  readonly showsPayload: boolean
}

/** Shows the clauses of conditions without secrets. Make one for each answer: it keeps what it has shown. */
export class ClauseViews {
  readonly #options: ClauseViewsOptions
  readonly #shown = new Map<unknown, string>()

  constructor(options: ClauseViewsOptions) {
    this.#options = options
  }

  view(clause: Clause): ClauseView {
    return {
      ...clause,
      values: clause.values.slice(0, MAX_VALUES).map((value) => this.#value(value)),
      clauses: clause.clauses.map((inner) => this.view(inner)),
    }
  }

  #value({ name, root, value }: NamedValue): ValueView {
    if ((root === 'payload' || root === 'request') && !this.#options.showsPayload) {
      return { name, type: 'hidden', value: null }
    }
    const type = typeOf(value)
    if (type === 'missing') return { name, type, value: null }
    const known = this.#shown.get(value)
    const text = known ?? redactedPreview(value, this.#options.redactor)
    this.#shown.set(value, text)
    return { name, type, value: text }
  }
}

/** The JSON of a value without secrets, cut to 200 characters. */
function redactedPreview(value: unknown, redactor: Pick<Redactor, 'text'>): string {
  const { text, isCut } = jsonPreview(value, MAX_READ_LENGTH)
  const redacted = redactor.text(text)
  if (!isCut) return cutText(redacted, MAX_VALUE_LENGTH)
  return `${redacted.slice(0, -UNSHOWN_LENGTH).slice(0, MAX_VALUE_LENGTH)}…`
}

/** A text of at most a length; `…` stands for the rest. */
export function cutText(text: string, maxLength: number): string {
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text
}

function typeOf(value: unknown): ValueType {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'list'
  if (value instanceof Date) return 'timestamp'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'bigint') return 'number'
  if (typeof value === 'string') return 'string'
  return typeof value === 'number' ? 'number' : 'map'
}
