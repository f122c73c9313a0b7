import { Command } from 'commander'
import type { DeliverySummaryView } from '../../api/deliveries/views.ts'
import { firstResults } from '../first-results.ts'
import { filterOf, withDeliveryFilters } from '../jobs/filters.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { itemTable, nextPageText } from '../tables.ts'

interface Options extends ServiceOptions {
  readonly after?: string
  readonly limit: string
}

interface DeliveryPage {
  readonly deliveries: readonly DeliverySummaryView[]
  readonly next: string | null
}

/** `hookline deliveries` */
export function deliveriesCommand(): Command {
  const list = new Command('deliveries')
  const command = withDeliveryFilters(list)
    .option('--limit <number>', 'how many, 1 to 200', '20')
    .option('--after <next>', 'start after this delivery, as printed below the last page')
  return withServiceOptions(command).action(listDeliveries)
}

function listDeliveries(options: Options): Promise<void> {
  const { after, limit } = options
  const query = { ...filterOf(options), after, limit }
  return printAnswer(
    options,
    (client) =>
      firstResults(
        (more) => client.get<DeliveryPage>('/api/deliveries', { ...query, ...more }),
        ({ deliveries }) => deliveries,
      ),
    pageText,
  )
}

function pageText({ deliveries, next }: DeliveryPage): string {
  if (deliveries.length === 0) return 'No deliveries.\n'
  const list = itemTable(deliveries, {
    DELIVERY: ({ id }) => id,
    SOURCE: ({ source }) => source,
    OUTCOME: ({ outcome }) => outcome,
    RECEIVED: ({ receivedAt }) => receivedAt,
    FROM: ({ client, recovered }) => client ?? (recovered && `recovered (${recovered})`),
    BYTES: ({ bodyBytes }) => bodyBytes,
    REASON: ({ reason }) => reason ?? '',
  })
  return list + nextPageText(next)
}
