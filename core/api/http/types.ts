import type { HttpBindings } from '@hono/node-server'
import type { Principal } from '../../contracts/access.ts'

/** Types of Hono's context. The bindings hold Node's own request if Node's server received it. */
export interface HttpTypes {
  Bindings: Partial<HttpBindings> & {
    /** Address of the connection, where `incoming` is not on it: this process calls its own API, or a receiver passed it on. */
    readonly connectedAddress?: string | undefined
    /** Set on the listener of a tunnel: the address of the sender; null if the tunnel gives none. */
    readonly tunnelClient?: string | null | undefined
  }
  Variables: {
    /** The caller; set by `requireRole`. */
    principal: Principal
    /** Whether the caller's token or session is still in force; checked by long streams. */
    isStillValid: () => boolean
  }
}
