import { createHmac, randomBytes } from 'node:crypto'

// Keyed by the process, so that a version tells nothing of the secrets that went into it.
const processKey = randomBytes(32)
const identities = new WeakMap<object, number>()
let identitiesGiven = 0

/** A number for an object that stays its own. */
export function identityOf(object: object): number {
  const known = identities.get(object)
  if (known !== undefined) return known
  identitiesGiven++
  identities.set(object, identitiesGiven)
  return identitiesGiven
}

/** A text equal for equal data. Functions and instances of classes equal only themselves. */
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

/** A short version of a text. Comparable within this process only. */
export function versionOf(text: string): string {
  return createHmac('sha256', processKey).update(text).digest('hex').slice(0, 12)
}
