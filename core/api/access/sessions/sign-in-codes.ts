import { randomBytes } from 'node:crypto'
import { HooklineError } from '../../../errors/errors.ts'
import { digestOf } from '../tokens/token-format.ts'
import type { TokenHolder } from '../tokens/tokens.ts'

const MINUTES = 15
/** Per node. The oldest end first. */
const MAX_CODES = 100

interface IssuedCode {
  readonly holder: TokenHolder
  readonly expiresAt: number
}

/**
 * One-time codes, each of which starts one session within 15 minutes on the node that issued it. They are kept in memory
 * only, and by their hash.
 */
export class SignInCodes {
  readonly #codes = new Map<string, IssuedCode>()
  readonly #clock: () => number

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** Issues a code for a session of this holder. */
  issue(holder: TokenHolder): { readonly code: string; readonly expiresAt: number } {
    const code = randomBytes(24).toString('base64url')
    const expiresAt = this.#clock() + MINUTES * 60_000
    const [oldest] = this.#codes.keys()
    if (this.#codes.size >= MAX_CODES && oldest !== undefined) this.#codes.delete(oldest)
    this.#codes.set(digestOf(code).toString('hex'), { holder, expiresAt })
    return { code, expiresAt }
  }

  /** Uses up a code. Throws `sign_in_code_invalid` if it was used, has expired, or was never issued. */
  redeem(code: string): TokenHolder {
    const name = digestOf(code).toString('hex')
    const issued = this.#codes.get(name)
    this.#codes.delete(name)
    if (issued !== undefined && this.#clock() < issued.expiresAt) return issued.holder
    throw new HooklineError(
      'sign_in_code_invalid',
      `The code was used already, is older than ${MINUTES} minutes, or is of another node`,
    )
  }
}
