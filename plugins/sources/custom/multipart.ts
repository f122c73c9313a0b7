import { decodeText, HooklineError, MAX_FORM_FIELDS } from '../../../core/sdk/source.ts'

/** One part of a multipart form (RFC 7578). */
export interface FormPart {
  readonly name: string
  /** Undefined: the part is a field and no file. */
  readonly filename: string | undefined
  /** Empty if the part names none. */
  readonly contentType: string
  readonly bytes: Uint8Array
}

const BOUNDARY = /;\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i
const MAX_HEADER_BYTES = 16_384
const LINE_END = '\r\n'

/**
 * The parts of a multipart form. Their bytes are not copied. Throws `delivery_unparsable`, also for more than
 * `MAX_FORM_FIELDS` parts.
 */
export function formParts(body: Uint8Array, contentType: string): readonly FormPart[] {
  const [, quoted, bare] = BOUNDARY.exec(contentType) ?? []
  const boundary = quoted ?? bare
  if (boundary === undefined) throw unparsable('its content type names no boundary')
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const opening = Buffer.from(`--${boundary}`, 'latin1')
  const delimiter = Buffer.from(`${LINE_END}--${boundary}`, 'latin1')
  const parts: FormPart[] = []
  let at = afterFirst(bytes, opening, delimiter)
  while (!bytes.subarray(at, at + 2).equals(Buffer.from('--'))) {
    if (parts.length === MAX_FORM_FIELDS) throw unparsable(`it has more than ${parts.length} parts`)
    const start = bytes.indexOf(LINE_END, at) + LINE_END.length
    const end = bytes.indexOf(delimiter, start - LINE_END.length)
    if (start < LINE_END.length || end === -1) throw unparsable('it has no end')
    parts.push(partOf(bytes.subarray(start, end)))
    at = end + delimiter.length
  }
  return parts
}

function afterFirst(bytes: Buffer, opening: Buffer, delimiter: Buffer): number {
  if (bytes.subarray(0, opening.length).equals(opening)) return opening.length
  const first = bytes.indexOf(delimiter)
  if (first === -1) throw unparsable('its boundary is not in it')
  return first + delimiter.length
}

function partOf(bytes: Buffer): FormPart {
  const head = bytes.subarray(0, MAX_HEADER_BYTES)
  const isBare = head.subarray(0, LINE_END.length).equals(Buffer.from(LINE_END))
  const end = isBare ? 0 : head.indexOf(LINE_END + LINE_END)
  if (end === -1) throw unparsable('the headers of a part have no end')
  const headers = decodeText(head.subarray(0, end), undefined)
  const disposition = headerOf(headers, 'content-disposition')
  const name = parameterOf(disposition, 'name')
  if (!/^form-data\b/i.test(disposition) || name === undefined) {
    throw unparsable('a part has no name')
  }
  return {
    name,
    filename: parameterOf(disposition, 'filename'),
    contentType: headerOf(headers, 'content-type'),
    bytes: bytes.subarray(end + (isBare ? LINE_END : LINE_END + LINE_END).length),
  }
}

function headerOf(headers: string, name: string): string {
  for (const line of headers.split(LINE_END)) {
    const colon = line.indexOf(':')
    if (line.slice(0, colon).trim().toLowerCase() === name) return line.slice(colon + 1).trim()
  }
  return ''
}

// Browsers escape quotes and line ends in names as `%22`, `%0D` and `%0A`, other senders quotes with a backslash.
function parameterOf(disposition: string, name: string): string | undefined {
  const pattern = new RegExp(`;\\s*${name}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s;"]+))`, 'i')
  const [, quoted, bare] = pattern.exec(disposition) ?? []
  return (quoted?.replace(/\\(["\\])/g, '$1') ?? bare)
    ?.replaceAll(/%0d/gi, '\r')
    .replaceAll(/%0a/gi, '\n')
    .replaceAll('%22', '"')
}

function unparsable(why: string): HooklineError {
  return new HooklineError('delivery_unparsable', `The body is not a valid multipart form: ${why}.`)
}
