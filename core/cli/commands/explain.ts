import { Command } from 'commander'
import type { ExplainedDeliveryView, ExplainedEventView } from '../../api/deliveries/views.ts'
import type { Decision } from '../../contracts/task.ts'
import { visible } from '../../kit/visible.ts'
import { JUDGED_LATER } from '../../matching/rule-index.ts'
import type { ClauseView, ValueView } from '../../trial/clause-views.ts'
import type { RuleExplanation } from '../../trial/explain-event.ts'
import { apiPath } from '../api-client.ts'
import { printAnswer, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { fieldList } from '../tables.ts'

interface Options extends ServiceOptions {
  readonly event?: string
}

/** `hookline explain` */
export function explainCommand(): Command {
  const command = new Command('explain')
    .argument('<delivery>', 'id of the delivery')
    .option('--event <id>', 'explain this event only (default: the first 100)')
  return withServiceOptions(command).action((id: string, options: Options) =>
    printAnswer(
      options,
      (client) =>
        client.get<ExplainedDeliveryView>(apiPath`/api/deliveries/${id}/explain`, {
          event: options.event,
        }),
      (delivery) => explanation(delivery, options.event),
    ),
  )
}

function explanation(delivery: ExplainedDeliveryView, only: string | undefined): string {
  const head = fieldList({
    delivery: delivery.id,
    request: `${delivery.method} ${delivery.path}, ${delivery.bodyBytes} bytes`,
    from: delivery.client ?? 'unknown',
    received: delivery.receivedAt,
    source: delivery.source,
    outcome: delivery.outcome,
    reason: delivery.reason,
    original: delivery.originalId,
    recovered: delivery.recovered,
  })
  const repeats = replayLines(delivery)
  const events = delivery.events.filter(({ id }) => only === undefined || id === only)
  if (events.length > 0) return head + events.map(eventText).join('') + repeats
  if (delivery.outcome !== 'accepted') return head
  return `${head}\nIt was verified but holds no event: it is a ping or an empty batch.\n${repeats}`
}

function replayLines({ replays }: ExplainedDeliveryView): string {
  if (replays.length === 0) return ''
  const lines = replays.map(({ id, receivedAt, outcome }) => {
    return `  ${id}  ${receivedAt}  ${outcome === 'duplicate' ? 'duplicate' : 'replay'}\n`
  })
  return `\nreplays and duplicates, newest first:\n${lines.join('')}`
}

function eventText(event: ExplainedEventView): string {
  const facts = Object.entries(event.facts).map(([name, value]) => `${name}=${value}`)
  const lines = [`event ${event.id}: ${event.type}`]
  if (facts.length > 0) lines.push(`  facts: ${facts.join(', ')}`)
  const stateOf = (taskId: string | undefined) =>
    event.tasks.find((task) => task.id === taskId)?.state
  if (event.rules === null) {
    const decided = event.decisions.map((decision) => {
      return `  ${decisionText(decision, stateOf(decision.taskId))}`
    })
    lines.push(...decided, `  Not explained; see \`hookline explain --event ${event.id}\`.`)
  } else if (event.rules.length === 0) lines.push('  No rule listens to this event.')
  for (const rule of event.rules ?? []) {
    const { taskId } = rule.decision ?? {}
    const ruleText = [...ruleLines(rule, stateOf(taskId)), ...stepLines(event.tasks, taskId)]
    lines.push(...ruleText.map((line) => `  ${line}`))
  }
  return `\n${visible(lines.join('\n'))}\n`
}

function ruleLines(explained: RuleExplanation, state: string | undefined): readonly string[] {
  const { rule, decision, current } = explained
  const then =
    decision === null
      ? `rule ${rule}: was not there when the event arrived`
      : decisionText(decision, state)
  const now = changeText(explained)
  const clauses = current?.clauses ? clauseLines(current.clauses) : []
  return [then, ...(now === null ? [] : [`  ${now}`]), ...clauses.map((line) => `    ${line}`)]
}

/** The tasks of the steps that followed a task, in their order. */
function stepLines(
  tasks: ExplainedEventView['tasks'],
  taskId: string | undefined,
): readonly string[] {
  const next = tasks.find(({ follows }) => taskId !== undefined && follows === taskId)
  if (next === undefined) return []
  const { id, program, state } = next
  return [`  then ${program}: task ${id} (${state})`, ...stepLines(tasks, id)]
}

/** Null: the decision would be the same, by the same rule. */
function changeText({ decision, current, changed }: RuleExplanation): string | null {
  if (current === null) return changed ? 'It is not there any more.' : null
  const would = current.matched ? 'would match now' : 'would not match now'
  if (decision === null) return `It is new, and ${would}.`
  if (changed) return `It has changed since, and ${would}.`
  return changed === null && current.matched !== decision.matched ? `It ${would}.` : null
}

/** One line for each clause: its outcome, its text, and what it saw. Members are indented. */
function clauseLines(clause: ClauseView, indent = ''): readonly string[] {
  const { outcome, text, values, error, clauses } = clause
  const word = (outcome === 'skipped' ? '-' : outcome).padEnd('false'.length)
  const saw = [...values.map(valueText), ...(error === null ? [] : [error])].join(', ')
  const line = `${word}  ${indent}${text.replace(/\s+/g, ' ')}${saw === '' ? '' : `    (${saw})`}`
  return [line, ...clauses.flatMap((member) => clauseLines(member, `${indent}  `))]
}

function valueText({ name, type, value }: ValueView): string {
  return value === null ? `${name} is ${type}` : `${name} = ${value}`
}

function decisionText(decision: Decision, state: string | undefined): string {
  const { rule, program, matched, taskId, because, error } = decision
  if (matched) {
    const isLater = error === JUDGED_LATER
    const note = error === undefined ? '' : `, ${isLater ? '' : 'without its key: '}${error}`
    return `rule ${rule}: matched, so ${program}: task ${taskId} (${state ?? 'gone'})${note}`
  }
  if (because === 'condition_false') return `rule ${rule}: not matched: its condition is false`
  if (because === 'condition_too_costly') {
    return `rule ${rule}: not matched: its condition is too costly: ${error}`
  }
  return `rule ${rule}: not matched: its condition could not be evaluated: ${error}`
}
