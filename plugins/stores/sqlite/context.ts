import type { StoreChange } from '../../../core/index.ts'
import type { Database } from './database.ts'
import type { Lanes } from './lanes.ts'
import type { Limits } from './limits.ts'

/** What every handler works with. Handlers run inside a transaction; they push what they changed. */
export interface HandlerContext {
  readonly database: Database
  readonly changes: StoreChange[]
  readonly limits: Limits
  readonly lanes: Lanes
}
