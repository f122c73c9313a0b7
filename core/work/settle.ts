import { setTimeout as sleep } from 'node:timers/promises'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Lease, Settlement, StoreInstance } from '../contracts/store.ts'
import { isHooklineError } from '../kit/errors.ts'
import { storeRetryMs } from './backoff.ts'
import { describeFault } from './fault.ts'

/** Tries after which a fault that is not of the store as a whole will not go away. */
const MAX_REFUSALS = 6

export interface SettleOptions {
  readonly store: Pick<StoreInstance, 'settle'>
  readonly lease: Lease
  readonly settlement: Settlement
  /** Ends the tries: the lease then runs out, and the task is run again. */
  readonly signal: AbortSignal
  readonly logger: PluginLogger
}

/**
 * Tries until the store answers. False where the lease was lost, the tries were ended, or the store is there but never
 * takes this: the task is then left to its lease. Never throws.
 */
export async function settle(options: SettleOptions): Promise<boolean> {
  const { store, lease, settlement, signal, logger } = options
  let refusals = 0
  for (let failures = 1; ; failures++) {
    try {
      return await store.settle(lease, settlement)
    } catch (error) {
      const fields = { taskId: lease.taskId, failures, fault: describeFault(error) }
      logger.error(fields, 'the store could not record how a task ended')
      if (isHooklineError(error) && error.code !== 'store_unavailable') refusals++
      if (refusals >= MAX_REFUSALS) return false
    }
    try {
      await sleep(storeRetryMs(failures), undefined, { signal })
    } catch {
      return false
    }
  }
}
