import {
  collectFields,
  type Delivery,
  decodeText,
  formFields,
  HooklineError,
  isJsonType,
  mediaType,
  parseJson,
} from '../../../core/sdk/source.ts'
import { MAX_BATCH } from './batch.ts'
import { inflated } from './inflate.ts'
import { type FormPart, formParts } from './multipart.ts'
import type { CustomOptions } from './sender.ts'
import { xmlFields } from './xml.ts'

export const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'
const TEXT = 'text/plain'
const NDJSON = /^application\/(?:x-ndjson|ndjson|jsonl|x-jsonlines)$/
const BODILESS = ['GET', 'HEAD']

/** Largest file of a multipart form whose content is in the payload. The delivery keeps the bytes of every file. */
const MAX_INLINE_FILE_BYTES = 1024 * 1024

/** A file of a multipart form, as the payload has it. */
export interface FormFile {
  readonly filename: string
  readonly contentType: string
  /** In bytes. */
  readonly size: number
  /** Left out above `MAX_INLINE_FILE_BYTES`. */
  readonly base64?: string
}

type Fields = Readonly<Record<string, unknown>>

/**
 * The payload of a delivery: its body by the content type, by default JSON, or the query of a GET without the parameters
 * that carry a token. That of an empty body is null.
 */
export function readPayload(
  delivery: Delivery,
  options: CustomOptions,
  secretParameters: readonly string[],
): unknown {
  if (BODILESS.includes(delivery.method) && delivery.body.byteLength === 0) {
    return collectFields([...delivery.query].filter(([name]) => !secretParameters.includes(name)))
  }
  const { gzip } = options
  return gzip === undefined || delivery.headers['content-encoding'] === undefined
    ? readBody(delivery, options)
    : inflated(delivery, gzip.maxBytes).then((plain) => readBody(plain, options))
}

/** Fields with JSON in some of them, parsed. */
export function withJsonFields(fields: Fields, names: readonly string[] = []): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      names.includes(name) && typeof value === 'string' ? parseJson(value) : value,
    ]),
  )
}

function readBody(delivery: Delivery, options: CustomOptions): unknown {
  const { format, jsonFields } = options
  const contentType = delivery.headers['content-type'] ?? ''
  const type = mediaType(contentType) || 'application/json'
  checkType(type, options)
  if (type === MULTIPART && format === undefined) {
    return withJsonFields(readMultipart(delivery.body, contentType), jsonFields)
  }
  if (delivery.body.byteLength === 0) return null
  if (format === 'xml') return xmlFields(delivery.text())
  if (format === 'ndjson' || (format === undefined && NDJSON.test(type))) return jsonLines(delivery)
  if (isJsonType(type) || format === 'json') return delivery.json()
  if (type === FORM) return withJsonFields(formFields(delivery), jsonFields)
  return (readsJson(options) ? jsonInText(delivery) : undefined) ?? { text: delivery.text() }
}

function checkType(type: string, { contentTypes, format }: CustomOptions): void {
  if (contentTypes === undefined && format !== undefined) return
  const isOfJson = isJsonType(type) || NDJSON.test(type)
  const allowed = contentTypes ?? (isOfJson ? [type] : [FORM, MULTIPART, TEXT])
  if (allowed.includes(type)) return
  const accepted = contentTypes ?? ['application/json', FORM, MULTIPART, TEXT]
  throw new HooklineError('content_type_unsupported', `Send ${accepted.join(', ')}.`)
}

function jsonLines(delivery: Delivery): readonly unknown[] {
  const values: unknown[] = []
  for (const line of delivery.text().split('\n')) {
    if (line.trim() === '') continue
    if (values.length === MAX_BATCH) {
      throw new HooklineError('delivery_unparsable', `The body has more than ${MAX_BATCH} lines.`)
    }
    values.push(parseJson(line))
  }
  return values
}

/** Whether the options read values that a text cannot have: the payload of a text has the field `text` alone. */
function readsJson({ type, id, facts }: CustomOptions): boolean {
  const paths = [type?.path, id !== undefined && 'path' in id ? id.path : undefined]
  return [...paths, ...Object.values(facts ?? {})].some(
    (path) => path !== undefined && path.split('.')[0] !== 'text',
  )
}

/** The JSON object of a body that is called text; undefined if it is not one. */
function jsonInText(delivery: Delivery): unknown {
  if (!delivery.text().trimStart().startsWith('{')) return undefined
  try {
    return delivery.json()
  } catch {
    return undefined
  }
}

function readMultipart(body: Uint8Array, contentType: string): Fields {
  return collectFields(formParts(body, contentType).map((part) => [part.name, partValue(part)]))
}

function partValue({ filename, contentType, bytes }: FormPart): unknown {
  if (filename === undefined) {
    const text = decodeText(bytes, contentType)
    return isJsonType(mediaType(contentType)) ? parseJson(text) : text
  }
  const size = bytes.byteLength
  const file: FormFile = { filename, contentType: contentType || 'text/plain', size }
  if (size > MAX_INLINE_FILE_BYTES) return file
  return { ...file, base64: Buffer.from(bytes).toString('base64') }
}
