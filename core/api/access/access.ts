import type { Principal } from '../../contracts/access.ts'
import { type SecretMatcher, secretMatcher } from '../../kit/constant-time.ts'

export interface AccessOptions {
  /** The node's own token: `HOOKLINE_ADMIN_TOKEN`, or that of its data folder. */
  readonly adminToken: string
}

/** Who may use the admin API. */
export class Access {
  readonly #isAdminToken: SecretMatcher

  constructor({ adminToken }: AccessOptions) {
    this.#isAdminToken = secretMatcher([adminToken])
  }

  /** Whose token it is; null where it is nobody's. */
  principalOf(token: string): Principal | null {
    return this.#isAdminToken(token) ? { name: 'admin', role: 'admin', via: 'token' } : null
  }
}
