import type { ValueSource } from './event-value.ts'
import { compileTemplate, compileValue, invalidTemplate, type TemplateOptions } from './template.ts'

const MAX_DEPTH = 50

export interface JsonTemplate {
  /** Names in it as written, those of secrets too. */
  readonly names: readonly string[]
  /** The value for an event, for `JSON.stringify`. Throws as `Template.fill` does. */
  fill(source: ValueSource): unknown
}

/**
 * Compiles a JSON value: each text in it is a template, and an object of the one key `cel` stands for the value that
 * the expression gives. Keys stay as they are. Throws `option_invalid`.
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
  const inside = (place: string, item: unknown) =>
    compileAt(item, { ...options, path: options.path + place }, depth + 1)
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
