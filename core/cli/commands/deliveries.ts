import { Command } from 'commander'
import type { DeliverySummaryView } from '../../api/deliveries/views.ts'
import { withDeliveryFilters } from '../jobs/filters.ts'
import { listCommand } from '../list-command.ts'

interface DeliveryPage {
  readonly deliveries: readonly DeliverySummaryView[]
  readonly next: string | null
}

/** `hookline deliveries` */
export function deliveriesCommand(): Command {
  return listCommand(withDeliveryFilters(new Command('deliveries')), {
    path: '/api/deliveries',
    itemsOf: ({ deliveries }: DeliveryPage) => deliveries,
    none: 'No deliveries.\n',
    columns: {
      DELIVERY: ({ id }) => id,
      SOURCE: ({ source }) => source,
      OUTCOME: ({ outcome }) => outcome,
      RECEIVED: ({ receivedAt }) => receivedAt,
      FROM: ({ client, recovered }) => client ?? (recovered && `recovered (${recovered})`),
      BYTES: ({ bodyBytes }) => bodyBytes,
      REASON: ({ reason }) => reason ?? '',
    },
  })
}
