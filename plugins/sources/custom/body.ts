import { type Delivery, HooklineError, isJsonType, mediaType } from '../../../core/index.ts'

const FORM = 'application/x-www-form-urlencoded'
const MULTIPART = 'multipart/form-data'
const TEXT = 'text/plain'

/** A file of a multipart form up to this size has its content in the payload; of any, the delivery keeps the bytes. */
export const MAX_INLINE_FILE_BYTES = 1024 * 1024

/** A file of a multipart form, as the payload has it. */
export interface FormFile {
  readonly filename: string
  readonly contentType: string
  /** In bytes. */
  readonly size: number
  /** Left out above `MAX_INLINE_FILE_BYTES`. */
  readonly base64?: string
}

/** The payload of a body by its content type; without one it is taken for JSON. */
export function readBody(
  delivery: Delivery,
  contentTypes: readonly string[] | undefined,
): unknown | Promise<unknown> {
  const type = mediaType(delivery.headers['content-type']) || 'application/json'
  const allowed = contentTypes ?? (isJsonType(type) ? [type] : [FORM, MULTIPART, TEXT])
  if (!allowed.includes(type)) {
    const accepted = contentTypes ?? ['application/json', FORM, MULTIPART, TEXT]
    throw new HooklineError('content_type_unsupported', `Send ${accepted.join(', ')}.`)
  }
  if (isJsonType(type)) return delivery.json()
  if (type === FORM) return collect(new URLSearchParams(delivery.text()))
  if (type === MULTIPART) return readMultipart(delivery)
  return { text: delivery.text() }
}

async function readMultipart({ headers, body }: Delivery): Promise<unknown> {
  let form: FormData
  try {
    const contentType = headers['content-type'] ?? ''
    form = await new Response(Buffer.from(body), {
      headers: { 'content-type': contentType },
    }).formData()
  } catch {
    // The parser's error may quote the body, so it is not kept as the cause.
    throw new HooklineError('delivery_unparsable', 'The body is not a valid multipart form.')
  }
  const fields: [string, unknown][] = []
  for (const [name, value] of form) {
    fields.push([name, typeof value === 'string' ? value : await readFile(value)])
  }
  return collect(fields)
}

async function readFile(file: File): Promise<FormFile> {
  const described = { filename: file.name, contentType: file.type, size: file.size }
  if (file.size > MAX_INLINE_FILE_BYTES) return described
  return { ...described, base64: Buffer.from(await file.arrayBuffer()).toString('base64') }
}

// `fromEntries` defines each key, so that `__proto__` is a field like any other.
function collect(fields: Iterable<readonly [string, unknown]>): Readonly<Record<string, unknown>> {
  const values = new Map<string, unknown[]>()
  for (const [name, value] of fields) {
    const list = values.get(name)
    if (list) list.push(value)
    else values.set(name, [value])
  }
  return Object.fromEntries(
    [...values].map(([name, list]) => [name, list.length === 1 ? list[0] : list]),
  )
}
