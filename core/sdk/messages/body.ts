import type { z } from 'zod'
import { compileJsonTemplate } from '../../conditions/json-template.ts'
import { compileTemplate, type TemplateText } from '../../conditions/template.ts'
import type { ProgramRun } from '../../contracts/executor.ts'
import { HooklineError } from '../../errors/errors.ts'
import type { ValueSource } from '../events/event-value.ts'

/** What is sent: the event, its payload, or what a template makes of it. */
export type BodyChoice =
  | 'event'
  | 'payload'
  | { readonly json: z.core.util.JSONType }
  | { readonly text: TemplateText }

/** Makes the body of a run. */
export interface BodyMaker {
  readonly type: string
  /** Whether it is JSON text. */
  readonly isJson: boolean
  /** Names of all placeholders, with those of secrets. */
  readonly names: readonly string[]
  /** Throws `param_missing` or `expression_failed`. */
  make(run: Pick<ProgramRun, 'stdin'>, source: ValueSource): string
}

const JSON_TYPE = 'application/json'

/** Compiles the option `body` of a program. Throws `option_invalid`. */
export function compileBody(
  body: BodyChoice,
  secrets: Readonly<Record<string, string>> = {},
): BodyMaker {
  const json = { type: JSON_TYPE, isJson: true, names: [] }
  if (body === 'event') return { ...json, make: ({ stdin }) => stdin }
  if (body === 'payload') return { ...json, make: (_run, { payload }) => payload }
  if ('text' in body) {
    const { names, fill } = compileTemplate(body.text, { path: 'body.text', secrets })
    const type = 'text/plain; charset=utf-8'
    return { type, isJson: false, names, make: (_run, source) => fill(source) }
  }
  const { names, fill } = compileJsonTemplate(body.json, { path: 'body.json', secrets })
  return { ...json, names, make: (_run, source) => toJson(fill(source)) }
}

function toJson(value: unknown): string {
  const text = JSON.stringify(value)
  if (text !== undefined) return text
  throw new HooklineError('expression_failed', '`body.json` gives nothing that is JSON.')
}
