import type { HttpBindings } from '@hono/node-server'
import type { Principal } from '../contracts/access.ts'

/** Types of Hono's context: node's own request is there when node's server called. */
export interface HttpTypes {
  Bindings: Partial<HttpBindings>
  Variables: {
    /** Who calls: set by `requireRole`, absent before. */
    principal: Principal
    /** Whether the principal's token or session is in force still: asked by answers that go on for long. */
    holds: () => boolean
  }
}
