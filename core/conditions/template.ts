import { z } from 'zod'
import { HooklineError, isHooklineError } from '../errors/errors.ts'
import { suggestion } from '../kit/nearest-name.ts'
import { findText, type ValueSource } from '../sdk/events/event-value.ts'
import { compileExpression } from './expression.ts'
import { celToJson } from './json-value.ts'

const SECRET_PREFIX = 'secret.'
/** A placeholder as other template languages write it. */
const DOUBLED = /(?<!\{)\{\{\s*([A-Za-z_][\w.-]*)\s*\}\}(?!\})/
const PIECE = /\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+/g

/** Text with placeholders, or a CEL expression for the text. */
export type TemplateText = string | { readonly cel: string }

export interface TemplateOptions {
  /** Path of the option, for messages: `headers.X-Ref`. */
  readonly path: string
  /** Values of `{secret.name}`. The author of the config wrote them, so they are not encoded. */
  readonly secrets?: Readonly<Record<string, string>>
}

export interface Template {
  /** Names of all placeholders, with those of secrets; empty for an expression. */
  readonly names: readonly string[]
  /** Whether it gives the same text for every event: then `fill` needs none. */
  readonly isFixed: boolean
  /** The text before the first value of an event; the whole text if it has none. */
  readonly start: string
  /**
   * The text for an event. Each value goes through `encode`. Throws `param_missing` if the event lacks a value, or
   * `expression_failed` if the expression fails or gives null.
   */
  fill(source: ValueSource, encode?: (value: string) => string): string
}

/** Schema of an option that holds a template. */
export function templateText() {
  return z.union([z.string(), z.strictObject({ cel: z.string().min(1) })])
}

/**
 * Compiles a template. Placeholders: `{name}` as in `params` (a fact, `event.type`, a path in the payload) and
 * `{secret.name}`; `{{` and `}}` are braces. Throws `option_invalid`.
 */
export function compileTemplate(template: TemplateText, options: TemplateOptions): Template {
  if (typeof template === 'string') return compileText(template, options)
  const evaluate = compileValue(template.cel, options)
  return {
    names: [],
    isFixed: false,
    start: '',
    fill: (source, encode = identity) => {
      const value = evaluate(source)
      if (value === null) throw noValue(options, 'it gives null, but a text is needed')
      return encode(typeof value === 'object' ? JSON.stringify(value) : String(value))
    },
  }
}

/** Compiles an expression for a JSON value. Throws `option_invalid`; the returned function throws `expression_failed`. */
export function compileValue(
  text: string,
  options: TemplateOptions,
): (source: ValueSource) => unknown {
  const expression = at(options, () => compileExpression(text, { facts: null, noun: 'expression' }))
  return ({ event }) => {
    try {
      return celToJson(expression.evaluate(event))
    } catch (error) {
      const isExpected = isHooklineError(error) || error instanceof TypeError
      throw isExpected ? noValue(options, error.message) : error
    }
  }
}

/** The error for an invalid template. */
export function invalidTemplate({ path }: TemplateOptions, why: string): HooklineError {
  return new HooklineError('option_invalid', `\`${path}\` ${why}`)
}

type Part = { readonly literal: string } | { readonly name: string }

function compileText(text: string, options: TemplateOptions): Template {
  const doubled = DOUBLED.exec(text)
  if (doubled !== null) {
    const [piece, name] = doubled
    const why = `has \`${piece}\` at character ${doubled.index + 1}, which would give the text \`{${name}}\``
    throw invalidTemplate(options, `${why}; write \`{${name}}\` for the value`)
  }
  const pieces = [...text.matchAll(PIECE)]
  const parts = pieces.map((piece) => partOf(piece, options))
  const firstValue = parts.findIndex((part) => 'name' in part)
  return {
    names: pieces.flatMap(([, name]) => name ?? []),
    isFixed: firstValue === -1,
    start: parts
      .slice(0, firstValue === -1 ? parts.length : firstValue)
      .map((part) => ('literal' in part ? part.literal : ''))
      .join(''),
    fill: (source, encode = identity) =>
      parts
        .map((part) => {
          if ('literal' in part) return part.literal
          const value = findText(source, part.name)
          if (value === null) throw missing(part.name, options)
          return encode(value)
        })
        .join(''),
  }
}

function partOf(match: RegExpExecArray, options: TemplateOptions): Part {
  const [piece, name] = match
  const where = `at character ${match.index + 1}`
  if (piece === '{{' || piece === '}}') return { literal: piece.charAt(0) }
  if (name === undefined) {
    if (piece !== '{' && piece !== '}') return { literal: piece }
    const brace = `has a \`${piece}\` ${where} that belongs to no placeholder`
    throw invalidTemplate(options, `${brace}; write \`${piece}${piece}\` for a brace`)
  }
  if (name === '' || name !== name.trim()) {
    throw invalidTemplate(options, `has a placeholder without a clear name ${where}`)
  }
  return name.startsWith(SECRET_PREFIX) ? secretPart(name, options) : { name }
}

function secretPart(name: string, options: TemplateOptions): Part {
  const { secrets = {} } = options
  const key = name.slice(SECRET_PREFIX.length)
  const value = Object.hasOwn(secrets, key) ? secrets[key] : undefined
  if (value !== undefined) return { literal: value }
  const near = suggestion(key, Object.keys(secrets))
  throw invalidTemplate(options, `uses \`{${name}}\`, which is not in \`secrets\`.${near}`)
}

function at<Value>(options: TemplateOptions, compile: () => Value): Value {
  try {
    return compile()
  } catch (error) {
    throw isHooklineError(error)
      ? invalidTemplate(options, `is no template: ${error.message}`)
      : error
  }
}

function missing(name: string, { path }: TemplateOptions): HooklineError {
  return new HooklineError(
    'param_missing',
    `The event has no value for \`{${name}}\` in \`${path}\`.`,
    { remedy: 'Use an expression with a default, `{ cel: … }`, or add a condition to the rule.' },
  )
}

function noValue({ path }: TemplateOptions, why: string): HooklineError {
  return new HooklineError('expression_failed', `The expression in \`${path}\`: ${why}`)
}

function identity(value: string): string {
  return value
}
