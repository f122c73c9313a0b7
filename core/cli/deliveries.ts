import { Command, Option } from 'commander'
import type { deliverySummaryView } from '../api/views.ts'
import { print, printJson } from './print.ts'
import { table } from './printable.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'

type DeliveryView = ReturnType<typeof deliverySummaryView>

interface Options extends ServiceOptions {
  readonly source?: string
  readonly outcome?: string
  readonly after?: string
  readonly limit: string
  readonly json?: true
}

/** `hookline deliveries` */
export function deliveriesCommand(): Command {
  const outcomes = ['accepted', 'duplicate', 'refused']
  const command = new Command('deliveries')
    .description('list deliveries, newest first, refused ones too')
    .option('--source <name>', 'only deliveries to this source')
    .addOption(new Option('--outcome <outcome>', 'only with this outcome').choices(outcomes))
    .option('--limit <number>', 'how many, 1 to 200', '20')
    .option('--after <next>', 'go on from here: what the last list gave as `next`')
    .option('--json', 'print JSON')
  return withServiceOptions(command).action(listDeliveries)
}

async function listDeliveries(options: Options): Promise<void> {
  const { source, outcome, after, limit } = options
  const client = await openClient(options)
  const page = await client.get<{ deliveries: DeliveryView[]; next: string | null }>(
    '/api/deliveries',
    { source, outcome, after, limit },
  )
  if (options.json) return printJson(page)
  if (page.deliveries.length === 0) return print('No deliveries.\n')
  const rows = page.deliveries.map((delivery) => [
    ...[delivery.id, delivery.source, delivery.outcome, delivery.receivedAt],
    ...[delivery.client, delivery.bodyBytes, delivery.reason ?? ''],
  ])
  print(table([['DELIVERY', 'SOURCE', 'OUTCOME', 'RECEIVED', 'FROM', 'BYTES', 'REASON'], ...rows]))
  if (page.next !== null) print(`More: --after ${page.next}\n`)
}
