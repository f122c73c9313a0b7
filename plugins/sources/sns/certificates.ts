import { type KeyObject, X509Certificate } from 'node:crypto'
import type { FetchText } from '../../../core/sdk/source.ts'

const MAX_KEPT = 64
/** Limit of concurrent fetches, because anybody can name addresses. */
const MAX_LOADING = 16
const KEPT_MS = 24 * 60 * 60 * 1000
// A URL that gave no certificate is fetched again only after this time.
const FAILURE_KEPT_MS = 60_000

interface Kept {
  readonly certificate: Promise<X509Certificate | null>
  expiresAt: number
  isGood: boolean
}

/** The signing certificates of SNS, each fetched once a day. */
export class Certificates {
  readonly #fetch: FetchText
  readonly #clock: () => number
  readonly #kept = new Map<string, Kept>()
  #loading = 0

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
    if (this.#loading >= MAX_LOADING) return Promise.resolve(null)
    const certificate = this.#load(url)
    const kept: Kept = { certificate, expiresAt: now + KEPT_MS, isGood: false }
    this.#kept.delete(url)
    this.#kept.set(url, kept)
    if (this.#kept.size > MAX_KEPT) this.#dropOne()
    void certificate.then((loaded) => {
      kept.isGood = loaded !== null
      if (loaded === null) kept.expiresAt = now + FAILURE_KEPT_MS
    })
    return certificate
  }

  /** Drops the oldest entry without a certificate, or else the oldest. */
  #dropOne(): void {
    const urls = [...this.#kept]
    const [url] = urls.find(([, { isGood }]) => !isGood) ?? urls[0] ?? []
    if (url !== undefined) this.#kept.delete(url)
  }

  async #load(url: string): Promise<X509Certificate | null> {
    this.#loading++
    try {
      return new X509Certificate(await this.#fetch(url))
    } catch {
      return null
    } finally {
      this.#loading--
    }
  }
}
