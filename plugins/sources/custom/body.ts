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
import { type FormPart, formParts } from './multipart.ts'
import type { CustomOptions } from './options.ts'

export const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'
const TEXT = 'text/plain'

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

type BodyOptions = Pick<CustomOptions, 'contentTypes' | 'format' | 'type' | 'id' | 'facts'>

/** The payload of a body by its content type. Default: JSON. That of an empty body is null. */
export function readBody(delivery: Delivery, options: BodyOptions): unknown {
  const contentType = delivery.headers['content-type'] ?? ''
  const type = mediaType(contentType) || 'application/json'
  checkType(type, options)
  if (type === MULTIPART && options.format === undefined)
    return readMultipart(delivery.body, contentType)
  if (delivery.body.byteLength === 0) return null
  if (isJsonType(type) || options.format === 'json') return delivery.json()
  if (type === FORM) return formFields(delivery)
  return (readsJson(options) ? jsonInText(delivery) : undefined) ?? { text: delivery.text() }
}

function checkType(type: string, { contentTypes, format }: BodyOptions): void {
  if (contentTypes === undefined && format === 'json') return
  const allowed = contentTypes ?? (isJsonType(type) ? [type] : [FORM, MULTIPART, TEXT])
  if (allowed.includes(type)) return
  const accepted = contentTypes ?? ['application/json', FORM, MULTIPART, TEXT]
  throw new HooklineError('content_type_unsupported', `Send ${accepted.join(', ')}.`)
}

/** Whether the options read values that a text cannot have: the payload of a text has the field `text` alone. */
function readsJson({ type, id, facts }: BodyOptions): boolean {
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

function readMultipart(body: Uint8Array, contentType: string): unknown {
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
