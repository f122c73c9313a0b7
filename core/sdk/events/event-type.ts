const EVENT_TYPE = /^[A-Za-z0-9_:/-]+(\.[A-Za-z0-9_:/-]+)*$/
const ASCII = /^[ -~\s]*$/
const OTHER = /[^A-Za-z0-9_:/-]+/

/** Longest event type in characters. */
export const MAX_EVENT_TYPE_LENGTH = 200

/** Whether a text can be the type of an event: words of letters, digits and `_ : / -`, joined by single dots. */
export function isEventType(text: string): boolean {
  return text.length <= MAX_EVENT_TYPE_LENGTH && EVENT_TYPE.test(text)
}

/**
 * The event type that a sender means; null if the value is none. In each word between dots, white space and other
 * characters become one `_`, and are dropped at the ends: `Order Completed!` is `Order_Completed`. A text with letters
 * beyond ASCII is none: without them, two types could become one.
 */
export function eventTypeOf(value: unknown): string | null {
  if (typeof value !== 'string' || value.length > MAX_EVENT_TYPE_LENGTH) return null
  if (EVENT_TYPE.test(value)) return value
  if (!ASCII.test(value)) return null
  const words = value.split('.').map((word) => word.split(OTHER).filter(Boolean).join('_'))
  return words.filter(Boolean).join('.') || null
}

/** `type.action` where the action can be part of a type; else the type alone. */
export function withAction(type: string, action: unknown): string {
  const word = eventTypeOf(action)
  const whole = `${type}.${word}`
  return word !== null && isEventType(whole) ? whole : type
}
