import { HooklineError } from '../../errors/errors.ts'
import type { SignedContent } from './hmac.ts'

/** The values that a template can name. */
export interface TemplateValues {
  readonly body: Uint8Array
  readonly id: string
  readonly timestamp: string
  readonly method: string
  /** The URL the sender called. */
  readonly url: string
}

type Placeholder = keyof TemplateValues | 'path'

const PLACEHOLDERS: readonly string[] = ['body', 'id', 'timestamp', 'method', 'url', 'path']
const BRACES = /\{([^{}]*)\}/

/** A compiled template such as `v0:{timestamp}:{body}`. */
export interface SignedTemplate {
  readonly names: ReadonlySet<string>
  fill(values: TemplateValues): SignedContent
}

/** Compiles a template. `{path}` is the path with the query. Throws `option_invalid` for an unknown name, or without `{body}`. */
export function signedTemplate(text: string): SignedTemplate {
  // Splitting at a group gives text at even indexes and the names of the group at odd ones.
  const parts = text.split(BRACES)
  const names = new Set(parts.filter((_, index) => index % 2 === 1))
  for (const name of names) {
    if (PLACEHOLDERS.includes(name)) continue
    throw new HooklineError(
      'option_invalid',
      `The template names {${name}}; it can name ${PLACEHOLDERS.map((known) => `{${known}}`).join(', ')}.`,
    )
  }
  if (!names.has('body')) {
    throw new HooklineError(
      'option_invalid',
      'The template must name {body}: without it the body is not signed.',
    )
  }
  return {
    names,
    fill: (values) =>
      parts
        .map((part, index) => (index % 2 === 0 ? part : pick(part as Placeholder, values)))
        .filter((piece) => piece.length > 0),
  }
}

function pick(name: Placeholder, values: TemplateValues): string | Uint8Array {
  if (name !== 'path') return values[name]
  const { pathname, search } = new URL(values.url)
  return pathname + search
}
