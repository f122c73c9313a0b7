import type { ValueSource } from '../sdk/events/event-value.ts'
import { compileTemplate, compileValue, invalidTemplate, type TemplateOptions } from './template.ts'

const MAX_DEPTH = 50

export interface JsonTemplate {
  /** Names of all placeholders, with those of secrets. */
  readonly names: readonly string[]
  /** The value for an event, for `JSON.stringify`. Throws as `Template.fill` does. */
  fill(source: ValueSource): unknown
}

/**
 * Compiles a JSON value. Each string in it is a template; an object with the single key `cel` becomes the value of that
 * expression. Keys stay as they are. Throws `option_invalid`.
 */
export function compileJsonTemplate(value: unknown, options: TemplateOptions): JsonTemplate {
  return compileAt(value, options, 0)
}

function compileAt(value: unknown, options: TemplateOptions, depth: number): JsonTemplate {
  if (depth > MAX_DEPTH) {
    throw invalidTemplate(options, `is nested deeper than ${MAX_DEPTH} levels`)
  }
  if (typeof value === 'string') {
    const { names, fill } = compileTemplate(value, options)
    return { names, fill: (source) => fill(source) }
  }
  if (typeof value !== 'object' || value === null) return { names: [], fill: () => value }
  const expression = expressionOf(value)
  if (expression !== null) return { names: [], fill: compileValue(expression, options) }
  const inside = (step: string, item: unknown) =>
    compileAt(item, { ...options, path: options.path + step }, depth + 1)
  if (Array.isArray(value)) {
    const items = value.map((item, index) => inside(`[${index}]`, item))
    return {
      names: items.flatMap(({ names }) => names),
      fill: (source) => items.map((item) => item.fill(source)),
    }
  }
  const fields = Object.entries(value).map(([key, item]) => [key, inside(`.${key}`, item)] as const)
  return {
    names: fields.flatMap(([, { names }]) => names),
    fill: (source) => Object.fromEntries(fields.map(([key, item]) => [key, item.fill(source)])),
  }
}

function expressionOf(value: object): string | null {
  const [first, ...rest] = Object.entries(value)
  const isOne = rest.length === 0 && first?.[0] === 'cel' && typeof first[1] === 'string'
  return isOne ? first[1] : null
}
