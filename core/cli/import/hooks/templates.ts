import type { Note } from '../imported.ts'
import { Code, quoted } from '../typescript.ts'

const ACTION = /\{\{-?\s*(.*?)\s*-?\}\}/gs
const CALL = /^(getenv|cat|credential)\s+(?:"((?:[^"\\]|\\.)*)"|`([^`]*)`)(?:\s*\|\s*js)?$/
const MARK = /⟦(getenv|cat|credential):([^⟧]*)⟧/

/** A file of hooks whose template actions are replaced by marks, and the actions that could not be. */
export interface ReplacedTemplates {
  readonly text: string
  readonly notes: readonly Note[]
}

/**
 * Replaces `{{ getenv "NAME" }}`, `{{ cat "file" }}` and `{{ credential "name" }}` by marks that `templateValue` reads, also
 * with `| js`. Lines stay where they are. https://github.com/adnanh/webhook/blob/master/docs/Templates.md
 */
export function replaceTemplates(file: string, source: string): ReplacedTemplates {
  const notes: Note[] = []
  const isTemplate = /\{\{-?\s*(getenv|cat|credential)\b/.test(source)
  if (!isTemplate) return { text: source, notes }
  const text = source.replaceAll(ACTION, (action, inside: string, position: number) => {
    const [, name, quoted, raw] = CALL.exec(inside) ?? []
    if (name !== undefined) return `⟦${name}:${raw ?? unescaped(quoted ?? '')}⟧`
    const line = source.slice(0, position).split('\n').length
    notes.push({
      at: `${file}:${line}`,
      what: 'A template action other than getenv, cat and credential was left out.',
      remedy: 'Write the value by hand: the config is TypeScript, so it can be computed there.',
    })
    return '\n'.repeat(action.split('\n').length - 1)
  })
  return { text, notes }
}

/** The code for a value that is one mark; null if it is a plain text. */
export function templateValue(value: string): { readonly code: Code; readonly env: string } | null {
  const [whole, name = '', argument = ''] = MARK.exec(value) ?? []
  if (whole === undefined || whole !== value) return null
  if (name === 'cat') return { code: new Code(`file(${quoted(argument)})`), env: '' }
  return { code: new Code(`env(${quoted(argument)})`), env: argument }
}

/** Whether a mark is in a text beside other text. */
export function hasTemplate(value: string): boolean {
  return MARK.test(value)
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/g, '$1')
}
