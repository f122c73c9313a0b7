import { Command } from 'commander'
import type { deliverySummaryView, eventView } from '../api/views.ts'
import type { Decision } from '../contracts/task.ts'
import { print, printJson } from './print.ts'
import { fieldList, printable } from './printable.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'

type EventView = ReturnType<typeof eventView>
type DeliveryDetails = ReturnType<typeof deliverySummaryView> & {
  readonly events: readonly EventView[]
}

/** `hookline explain` */
export function explainCommand(): Command {
  const command = new Command('explain')
    .description('say what became of a delivery: verdict, events, what each rule decided, tasks')
    .argument('<delivery>', 'the delivery')
    .option('--json', 'print JSON')
  return withServiceOptions(command).action(explain)
}

async function explain(id: string, options: ServiceOptions & { json?: true }): Promise<void> {
  const client = await openClient(options)
  const delivery = await client.get<DeliveryDetails>(`/api/deliveries/${encodeURIComponent(id)}`)
  if (options.json) printJson(delivery)
  else print(explanation(delivery))
}

function explanation(delivery: DeliveryDetails): string {
  const head = fieldList({
    delivery: delivery.id,
    request: `${delivery.method} ${delivery.path}, ${delivery.bodyBytes} bytes`,
    from: delivery.client ?? 'unknown',
    received: delivery.receivedAt,
    source: delivery.source,
    outcome: delivery.outcome,
    reason: delivery.reason,
    original: delivery.originalId,
  })
  if (delivery.events.length > 0) return head + delivery.events.map(eventText).join('')
  if (delivery.outcome !== 'accepted') return head
  return `${head}\nIt was verified, but holds no event (a ping, or a batch of none).\n`
}

function eventText(event: EventView): string {
  const facts = Object.entries(event.facts).map(([name, value]) => `${name}=${value}`)
  const lines = [`event ${event.id}: ${event.type}`]
  if (facts.length > 0) lines.push(`  facts: ${facts.join(', ')}`)
  if (event.decisions.length === 0) lines.push('  No rule listens to this event.')
  for (const decision of event.decisions) {
    const state = event.tasks.find((task) => task.id === decision.taskId)?.state
    lines.push(`  ${decisionText(decision, state)}`)
  }
  return `\n${printable(lines.join('\n'))}\n`
}

function decisionText(decision: Decision, state: string | undefined): string {
  const { rule, program, matched, taskId, because, error } = decision
  if (matched) {
    const noKey = error === undefined ? '' : `, without its key: ${error}`
    return `rule ${rule}: matched, so ${program}: task ${taskId} (${state ?? 'gone'})${noKey}`
  }
  if (because === 'condition_false') return `rule ${rule}: not matched: its condition is false`
  return `rule ${rule}: not matched: its condition could not be evaluated: ${error}`
}
