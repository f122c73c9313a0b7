import type { ParsedEvent } from '../contracts/event.ts'
import { HooklineError } from '../errors/errors.ts'
import { isRecord } from '../kit/is-record.ts'
import type { ReceivedDelivery } from '../matching/received-delivery.ts'
import type { ReceivingSource } from './receiving-config.ts'
import { withSourceLimit } from './source-limit.ts'

/** The events of a delivery. Throws what the source throws, and `source_broken` if it gives no list of events. */
export async function parseDelivery(
  delivery: ReceivedDelivery,
  source: ReceivingSource,
): Promise<readonly ParsedEvent[]> {
  const parsed = await withSourceLimit(source.source.instance.parse(delivery))
  // A plugin without types may give anything.
  const given: unknown = parsed
  if (Array.isArray(given) && given.every(isRecord)) return parsed
  throw brokenSource(source, 'gave no list of events from `parse`')
}

/** The sender has done nothing wrong, and may send again once the plugin is corrected: so this is no 4xx. */
export function brokenSource({ source }: ReceivingSource, what: string): HooklineError {
  return new HooklineError('source_broken', `The plugin \`${source.definition.name}\` ${what}`)
}
