import { isRecord } from '../../kit/is-record.ts'
import type { SchemaField } from './fields.ts'

/** A field whose text is no value of its kind. */
export interface OptionFault {
  /** JSON pointer of the option. */
  readonly pointer: string
  readonly kind: 'number' | 'json'
}

type Form = Readonly<Record<string, string | undefined>>

/** The name of the field of an option in the form. */
export function inputName(option: string): string {
  return `option.${option}`
}

/**
 * The options that a form gives. A field that was left empty gives none, but a secret that is set keeps its value: its
 * mask is sent back.
 */
export function readOptions(
  fields: readonly SchemaField[],
  form: Form,
  before: Readonly<Record<string, unknown>>,
): { readonly options: Record<string, unknown>; readonly faults: readonly OptionFault[] } {
  const options: Record<string, unknown> = {}
  const faults: OptionFault[] = []
  for (const field of fields) {
    const text = (form[inputName(field.name)] ?? '').trim()
    const fault = (kind: OptionFault['kind']) =>
      faults.push({ pointer: `/options/${field.name}`, kind })
    if (text === '') {
      if (field.kind === 'secret' && before[field.name] !== undefined) {
        options[field.name] = before[field.name]
      }
      continue
    }
    const read = readField(field, text)
    if (read === undefined) fault(field.kind === 'number' ? 'number' : 'json')
    else options[field.name] = read
  }
  return { options, faults }
}

/** Undefined: the text is no value of this kind. */
function readField({ kind }: SchemaField, text: string): unknown {
  if (kind === 'boolean') return text === 'true'
  if (kind === 'number') return Number.isFinite(Number(text)) ? Number(text) : parsed(text)
  if (kind === 'lines') {
    return text.startsWith('[') || text.startsWith('{') ? parsed(text) : text.split(/\r?\n/)
  }
  if (kind === 'json') return parsed(text)
  // A reference such as { "env": "NAME" } may stand for a text.
  return text.startsWith('{') ? (parsed(text) ?? text) : text
}

/** What a field shows of a value that is set; empty for a secret, which is never shown. */
export function fieldText({ kind }: SchemaField, value: unknown): string {
  if (value === undefined) return ''
  if (kind === 'secret') return isReference(value) ? JSON.stringify(value) : ''
  if (kind === 'lines' && Array.isArray(value) && value.every((one) => typeof one === 'string')) {
    return value.join('\n')
  }
  return typeof value === 'string' ? value : JSON.stringify(value, null, kind === 'json' ? 2 : 0)
}

function isReference(value: unknown): boolean {
  return isRecord(value) && ('env' in value || 'file' in value)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
