import { hash, timingSafeEqual } from 'node:crypto'

/** Compares in constant time. Bytes of different lengths are never equal. */
export function bytesEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.byteLength === right.byteLength && timingSafeEqual(left, right)
}

/** Whether a value is one of some secrets. Its time reveals neither the secrets nor their lengths. */
export type SecretMatcher = (given: Uint8Array | string) => boolean

/** Makes a matcher. Both sides are hashed, so that lengths do not matter. */
export function secretMatcher(secrets: readonly string[]): SecretMatcher {
  const digests = secrets.map((secret) => hash('sha256', secret, 'buffer'))
  return (given) => {
    const digest = hash('sha256', given, 'buffer')
    let matches = false
    for (const expected of digests) matches = timingSafeEqual(expected, digest) || matches
    return matches
  }
}

/** Whether `given` is one of the secrets. For many calls, keep a `secretMatcher`. */
export function tokenMatches(given: string, secrets: readonly string[]): boolean {
  return secretMatcher(secrets)(given)
}
