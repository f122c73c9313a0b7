import { randomUUID } from 'node:crypto'
import { isJsonObject } from '../../../core/sdk/source.ts'
import { FORM } from './body.ts'
import type { CustomOptions } from './sender.ts'

/** The body of a test delivery: its type and id are where the options read them. */
export function sampleBody(options: CustomOptions, event: string): string {
  const { type, id, batch, jsonFields, format } = options
  let fields: unknown = { data: 'sample', size: 12, message: 'A test delivery' }
  fields = withValue(fields, type === undefined ? 'event' : type.path, event)
  if (id !== undefined && 'path' in id) fields = withValue(fields, id.path, randomUUID())
  if (format === 'xml') return xmlOf(fields)
  if (jsonFields !== undefined) return formOf(fields, jsonFields)
  return JSON.stringify(batch === true && format !== 'ndjson' ? [fields] : fields)
}

/** The content type of a test delivery; undefined for JSON. */
export function contentTypeOf(
  { jsonFields, format }: CustomOptions,
  body: Uint8Array,
): string | undefined {
  const isJson = ['{', '['].includes(String.fromCharCode(body[0] ?? 0))
  if (format === 'ndjson') return 'application/x-ndjson'
  if (isJson) return undefined
  if (format === 'xml') return 'application/xml'
  return jsonFields === undefined ? undefined : FORM
}

/** The same data with a value at a dotted path. */
export function withValue(data: unknown, path: string | undefined, value: unknown): unknown {
  if (path === undefined) return data
  const [key = '', ...rest] = path.split('.')
  const isIndex = /^\d+$/.test(key)
  const before = isJsonObject(data) || Array.isArray(data) ? data : isIndex ? [] : {}
  const inner = Reflect.get(before, key)
  const next = rest.length === 0 ? value : withValue(inner, rest.join('.'), value)
  return Array.isArray(before)
    ? Object.assign([...before], { [key]: next })
    : { ...before, [key]: next }
}

/** Fields as a form; some of them hold JSON. */
export function formOf(fields: unknown, jsonFields: readonly string[]): string {
  const entries = Object.entries(Object(fields)).map(([name, value]): [string, string] => [
    name,
    jsonFields.includes(name) ? JSON.stringify(value) : String(value),
  ])
  return new URLSearchParams(entries).toString()
}

function xmlOf(value: unknown): string {
  if (!isJsonObject(value)) {
    return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  }
  return Object.entries(value)
    .map(([name, child]) => `<${name}>${xmlOf(child)}</${name}>`)
    .join('')
}
