const EVENT_TYPE = /^[A-Za-z0-9_:/-]+(\.[A-Za-z0-9_:/-]+)*$/

/** Longest event type in characters. */
export const MAX_EVENT_TYPE_LENGTH = 200

/** Whether a text can be the type of an event: words of letters, digits and `_ : / -`, joined by single dots. */
export function isEventType(text: string): boolean {
  return text.length <= MAX_EVENT_TYPE_LENGTH && EVENT_TYPE.test(text)
}

/** `type.action` where the action can be part of a type; else the type alone. */
export function withAction(type: string, action: unknown): string {
  if (typeof action !== 'string') return type
  const whole = `${type}.${action}`
  return isEventType(whole) ? whole : type
}
