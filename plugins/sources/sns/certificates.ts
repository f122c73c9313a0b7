import { type KeyObject, X509Certificate } from 'node:crypto'
import type { FetchText } from './amazon.ts'

const MAX_KEPT = 16
const KEPT_MS = 24 * 60 * 60 * 1000
// A URL without a certificate is asked for again only after this time.
const FAILURE_KEPT_MS = 60_000

interface Kept {
  readonly certificate: Promise<X509Certificate | null>
  expiresAt: number
}

/** The signing certificates of SNS, each fetched once a day. */
export class Certificates {
  readonly #fetch: FetchText
  readonly #clock: () => number
  readonly #kept = new Map<string, Kept>()

  constructor(fetch: FetchText, clock: () => number) {
    this.#fetch = fetch
    this.#clock = clock
  }

  /** The public key; null where there is no certificate, or it is not valid at this time. */
  async publicKey(url: string): Promise<KeyObject | null> {
    const certificate = await this.#certificate(url)
    if (certificate === null) return null
    const now = this.#clock()
    const isValid =
      now >= Date.parse(certificate.validFrom) && now <= Date.parse(certificate.validTo)
    return isValid ? certificate.publicKey : null
  }

  #certificate(url: string): Promise<X509Certificate | null> {
    const now = this.#clock()
    const known = this.#kept.get(url)
    if (known !== undefined && known.expiresAt > now) return known.certificate
    const certificate = this.#load(url)
    const kept: Kept = { certificate, expiresAt: now + KEPT_MS }
    this.#kept.delete(url)
    this.#kept.set(url, kept)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest)
    void certificate.then((loaded) => {
      if (loaded === null) kept.expiresAt = now + FAILURE_KEPT_MS
    })
    return certificate
  }

  async #load(url: string): Promise<X509Certificate | null> {
    try {
      return new X509Certificate(await this.#fetch(url))
    } catch {
      return null
    }
  }
}
