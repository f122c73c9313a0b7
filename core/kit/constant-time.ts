import { hash, timingSafeEqual } from 'node:crypto'

/** Compares without telling by its time where the bytes differ. Bytes of another length are never equal. */
export function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}

/** Tells whether a value is one of some secrets, without telling by its time which, how far, or how long they are. */
export type SecretMatcher = (given: Uint8Array | string) => boolean

/** A matcher for these secrets. Both sides are hashed, so that their lengths do not matter. */
export function secretMatcher(secrets: readonly string[]): SecretMatcher {
  const digests = secrets.map((secret) => hash('sha256', secret, 'buffer'))
  return (given) => {
    const digest = hash('sha256', given, 'buffer')
    let matches = false
    for (const expected of digests) matches = timingSafeEqual(expected, digest) || matches
    return matches
  }
}

/** Whether `given` is one of the secrets, once. Where it is asked often, keep a `secretMatcher`. */
export function tokenMatches(given: string, secrets: readonly string[]): boolean {
  return secretMatcher(secrets)(given)
}
