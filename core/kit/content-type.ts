import { HooklineError } from '../errors/errors.ts'

const CHARSET = /;\s*charset\s*=\s*(?:"([^"]*)"|([^\s;"]+))/i
const XML_ENCODING = /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/
const XML_DECLARATION_BYTES = 200
const UTF8 = 'utf-8'
const decoders = new Map<string, TextDecoder>()

/** Type and subtype of a Content-Type header, in lower case and without parameters; empty if there is none. */
export function mediaType(header: string | undefined): string {
  const end = header?.indexOf(';') ?? -1
  return (end === -1 ? header : header?.slice(0, end))?.trim().toLowerCase() ?? ''
}

/** Whether a media type is JSON: `application/json`, `text/json`, or a type that ends in `+json`. */
export function isJsonType(type: string): boolean {
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json')
}

/** Decodes UTF-8, without a byte order mark. Throws `delivery_unparsable` if the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string {
  return decode(bytes, UTF8)
}

/**
 * Decodes text in the charset that its Content-Type names, by a label of the WHATWG Encoding Standard. Without one it is
 * UTF-8, or what an XML declaration says. Throws `content_type_unsupported` for an unknown charset, and
 * `delivery_unparsable` for bytes that are not text in it: they are never altered.
 */
export function decodeText(bytes: Uint8Array, contentType: string | undefined): string {
  return decode(bytes, charsetOf(bytes, contentType))
}

/** The charset of a text, as the WHATWG Encoding Standard names it in lower case. Throws `content_type_unsupported`. */
export function charsetOf(bytes: Uint8Array, contentType: string | undefined): string {
  const [, quoted, bare] = CHARSET.exec(contentType ?? '') ?? []
  const label = quoted ?? bare ?? (isXml(contentType) ? declaredIn(bytes) : undefined)
  return label ? decoderOf(label).encoding : UTF8
}

/** Decodes text in a charset, with any byte order mark. Throws `delivery_unparsable`. */
export function decodeWhole(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw notText(charset)
  }
}

function decode(bytes: Uint8Array, charset: string): string {
  try {
    return decoderOf(charset).decode(bytes)
  } catch {
    throw notText(charset)
  }
}

// Only labels that are known are kept, so their number is limited.
function decoderOf(label: string): TextDecoder {
  const known = decoders.get(label)
  if (known !== undefined) return known
  try {
    const decoder = new TextDecoder(label, { fatal: true })
    if (label === decoder.encoding) decoders.set(label, decoder)
    return decoder
  } catch {
    const printable = label.replace(/[^\x20-\x7e]/g, '?').slice(0, 40)
    throw new HooklineError('content_type_unsupported', `The charset '${printable}' is not known`, {
      remedy: 'Send UTF-8, or name the charset by a label of the WHATWG Encoding Standard.',
    })
  }
}

function isXml(contentType: string | undefined): boolean {
  return /[/+]xml$/.test(mediaType(contentType))
}

function declaredIn(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, XML_DECLARATION_BYTES)).toString('latin1')
  return XML_ENCODING.exec(start)?.[1]
}

function notText(charset: string): HooklineError {
  return new HooklineError(
    'delivery_unparsable',
    `The body is not valid ${charset.toUpperCase()}.`,
    {
      remedy: 'Send UTF-8, or name the charset in Content-Type: `text/xml; charset=iso-8859-1`.',
    },
  )
}
