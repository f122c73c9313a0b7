import { createHmac, randomBytes } from 'node:crypto'

// The random key keeps versions from revealing secrets of the config.
const processKey = randomBytes(32)
const identities = new WeakMap<object, number>()
let identitiesGiven = 0

/** A number that belongs to one object as long as it lives. */
export function identityOf(object: object): number {
  const known = identities.get(object)
  if (known !== undefined) return known
  identitiesGiven++
  identities.set(object, identitiesGiven)
  return identitiesGiven
}

/** A text that is equal for equal data. Functions and class instances are equal only to themselves. */
export function fingerprint(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return `bigint ${part}`
    if (typeof part === 'function') return `function ${identityOf(part)}`
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    const prototype: unknown = Object.getPrototypeOf(part)
    const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null
    return isPlain ? part : `object ${identityOf(part)}`
  })
}

/** A short hash of a text. Comparable within this process only. */
export function versionOf(text: string): string {
  return createHmac('sha256', processKey).update(text).digest('hex').slice(0, 12)
}
