import type { Answer } from '../contracts/delivery.ts'
import type { PluginLogger } from '../contracts/plugin.ts'
import type { Gate } from './gate.ts'
import type { ReceivedDelivery } from './received-delivery.ts'
import { withinTime } from './time-limit.ts'

/** What the sender of an accepted delivery expects; null where Hookline's own answer will do. */
export async function acknowledge(
  delivery: ReceivedDelivery,
  gate: Gate,
  logger: PluginLogger,
): Promise<Answer | null> {
  try {
    return (await withinTime(gate.source.instance.acknowledge?.(delivery))) ?? null
  } catch (error) {
    // The delivery is committed: to refuse it now would only have it sent again.
    logger.error(
      { source: delivery.source, delivery: delivery.id, err: error },
      'a source failed to acknowledge an accepted delivery',
    )
    return null
  }
}
