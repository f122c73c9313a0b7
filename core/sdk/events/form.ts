import type { Delivery } from '../../contracts/delivery.ts'
import { HooklineError } from '../../errors/errors.ts'
import { charsetOf, decodeText, decodeWhole } from '../../kit/content-type.ts'

/** Most fields of a form. One with more only serves to exhaust its reader. */
export const MAX_FORM_FIELDS = 10_000

const ESCAPED = /[%+]/
const SHORT_FIELD = 1000
const PERCENT = 0x25
const PLUS = 0x2b
const SPACE = 0x20
/** The value of each byte as a hex digit; -1 if it is none. */
const HEX_DIGITS = Int8Array.from({ length: 256 }, (_, byte) =>
  '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase()),
)

/**
 * A form (`application/x-www-form-urlencoded`) of a delivery, or the bytes of a draft, as an object. The value of a
 * repeated name is a list. Its bytes, escaped ones too, are text in the charset of the Content-Type, by default UTF-8.
 * Throws `delivery_unparsable` if they are not, or if there are more than `MAX_FORM_FIELDS` fields, and else as
 * `delivery.text()` does.
 */
export function formFields(
  from: Delivery | Uint8Array,
): Readonly<Record<string, string | readonly string[]>> {
  const isDraft = from instanceof Uint8Array
  const body = isDraft ? from : from.body
  const text = isDraft ? decodeText(from, undefined) : from.text()
  checkFieldCount(text)
  const charset = isDraft ? 'utf-8' : charsetOf(body, from.headers['content-type'])
  if (charset.startsWith('utf-16')) {
    throw new HooklineError('content_type_unsupported', 'A form cannot be in UTF-16.')
  }
  return fieldsOf(
    charset === 'utf-8' ? text : Buffer.from(body).toString('latin1'),
    charset === 'utf-8'
      ? decodeUtf8Field
      : (raw) => decodeField(Buffer.from(raw, 'latin1'), charset),
  )
}

/** Fields by name; the values of a repeated name as a list. Each key is a field like any other, `__proto__` too. */
export function collectFields<Value>(
  fields: Iterable<readonly [string, Value]>,
): Readonly<Record<string, Value | readonly Value[]>> {
  const values = new Map<string, Value[]>()
  for (const [name, value] of fields) {
    const list = values.get(name)
    if (list) list.push(value)
    else values.set(name, [value])
  }
  return Object.fromEntries(
    [...values].map(([name, list]) => [name, list.length === 1 ? (list[0] as Value) : list]),
  )
}

/** Throws `delivery_unparsable`. Counts before anything is split, which for millions of fields would take seconds. */
function checkFieldCount(text: string): void {
  let fields = 1
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) {
    fields++
    if (fields > MAX_FORM_FIELDS) {
      throw new HooklineError(
        'delivery_unparsable',
        `The form has more than ${MAX_FORM_FIELDS} fields.`,
      )
    }
  }
}

function fieldsOf(form: string, decode: (raw: string) => string) {
  const pieces = form.split('&').filter((piece) => piece !== '')
  return collectFields(
    pieces.map((piece): [string, string] => {
      const end = piece.indexOf('=')
      return end === -1
        ? [decode(piece), '']
        : [decode(piece.slice(0, end)), decode(piece.slice(end + 1))]
    }),
  )
}

function decodeUtf8Field(raw: string): string {
  if (!ESCAPED.test(raw)) return raw
  // Faster for short texts, and very slow for megabytes of `+`.
  if (raw.length <= SHORT_FIELD) {
    try {
      return decodeURIComponent(raw.replaceAll('+', ' '))
    } catch {
      // A `%` that escapes nothing stands for itself.
    }
  }
  return decodeField(Buffer.from(raw), 'utf-8')
}

function decodeField(raw: Uint8Array, charset: string): string {
  const bytes = new Uint8Array(raw.length)
  let length = 0
  for (let index = 0; index < raw.length; index++) {
    const escaped = raw[index] === PERCENT ? hexByte(raw[index + 1], raw[index + 2]) : null
    const byte = raw[index] === PLUS ? SPACE : (raw[index] ?? 0)
    bytes[length++] = escaped ?? byte
    if (escaped !== null) index += 2
  }
  return decodeWhole(bytes.subarray(0, length), charset)
}

function hexByte(high = 0, low = 0): number | null {
  const first = HEX_DIGITS[high] ?? -1
  const second = HEX_DIGITS[low] ?? -1
  return first < 0 || second < 0 ? null : first * 16 + second
}
