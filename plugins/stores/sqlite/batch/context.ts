import type { StoreChange } from '../../../../core/sdk/store.ts'
import type { SenderIds } from '../accept/sender-ids.ts'
import type { Lanes } from '../claim/lanes.ts'
import type { Limits } from '../claim/limits.ts'
import type { SqliteDatabase } from '../database/database.ts'
import type { KeptPauses } from '../pauses/kept-pauses.ts'

/** What every handler works with. Handlers run inside a transaction and push what they changed to `changes`. */
export interface HandlerContext {
  readonly database: SqliteDatabase
  readonly changes: StoreChange[]
  readonly limits: Limits
  readonly lanes: Lanes
  readonly pauses: KeptPauses
  readonly senderIds: SenderIds
}
