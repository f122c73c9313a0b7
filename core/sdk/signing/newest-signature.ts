import type { Authenticity } from './signature.ts'

/** The signature of secrets that may grow; null while there are none. Keys are made once per set, not for each delivery. */
export function newestSignature(
  read: () => readonly string[],
  make: (secrets: readonly string[]) => Authenticity,
): () => Authenticity | null {
  let known: readonly string[] = []
  let signature: Authenticity | null = null
  return () => {
    const secrets = read()
    if (secrets.join('\n') !== known.join('\n')) {
      known = secrets
      signature = make(secrets)
    }
    return signature
  }
}
