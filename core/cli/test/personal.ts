import { isRecord } from '../../kit/is-record.ts'

const MAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g
/** Fields of payloads that hold something of a person, whatever the sender calls them. */
const FIELD =
  /^(?:(?:user|customer|sender|author|contact|billing|shipping|first|last|full|given|family|middle|real|display|nick)_?name|(?:e_?)?mail(?:_?address)?|(?:tele)?phone(?:_?number)?|mobile(?:_?number)?|birth(?:day|_?date)|date_?of_?birth|street|address_?(?:line_?)?[12]|line[12]|zip(?:_?code)?|post(?:al)?_?code|ip(?:_?address)?|iban|tax_?id|ssn)$/i
/** Of a repository, which `full_name` stands for too. */
const REPOSITORY = /^\S+\/\S+$/
/** A shorter text is likely to stand for other things too. */
const MIN_LENGTH = 4

/**
 * A copy with other texts for mail addresses and for what fields such as `phone` and `last_name` hold. The same text becomes
 * the same everywhere, so that facts go on to fit the body.
 */
export function withoutPersons<Value>(value: Value): Value {
  const stands = new Map<string, string>()
  collect(value, null, stands)
  // The longest first: one may be a part of another.
  const found = [...stands.keys()].toSorted((one, other) => other.length - one.length)
  const replaced = (text: string): string =>
    found.reduce((text, one) => text.replaceAll(one, stands.get(one) ?? one), text)
  return map(value, replaced) as Value
}

function collect(value: unknown, field: string | null, stands: Map<string, string>): void {
  if (Array.isArray(value)) for (const item of value) collect(item, field, stands)
  if (isRecord(value)) for (const [key, item] of Object.entries(value)) collect(item, key, stands)
  if (typeof value !== 'string') return
  for (const [mail] of value.matchAll(MAIL)) {
    if (!stands.has(mail)) stands.set(mail, `person${stands.size + 1}@example.com`)
  }
  if (field === null || value.length < MIN_LENGTH) return
  const isPersonal = FIELD.test(field) && !(/^full_?name$/i.test(field) && REPOSITORY.test(value))
  if (isPersonal && !stands.has(value) && !value.includes('@')) {
    stands.set(value, `person ${stands.size + 1}`)
  }
}

function map(value: unknown, replaced: (text: string) => string): unknown {
  if (typeof value === 'string') return replaced(value)
  if (Array.isArray(value)) return value.map((item) => map(item, replaced))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, map(item, replaced)]))
}
