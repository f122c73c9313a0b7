import { toSearch } from '../../../api/api-calls.ts'

interface DraftEvent {
  readonly id: string
  readonly type: string
  readonly facts: Readonly<Record<string, unknown>>
}

/** Facts that mostly tell which of the events of a type are meant. */
const TELLING = ['repository', 'project', 'branch', 'tag', 'environment', 'action'] as const
const MAX_LENGTH = 200

/** A condition that matches the event and those that are like it; empty if no fact tells them apart. */
export function draftCondition(facts: DraftEvent['facts']): string {
  return TELLING.flatMap((name) => {
    const value = facts[name]
    const isUsable = typeof value === 'string' && value.isWellFormed() && value.length <= MAX_LENGTH
    return isUsable ? [`${name} == ${celText(value)}`] : []
  }).join(' && ')
}

/** Where a rule is made of an event. */
export function ruleDraftPath(delivery: { id: string; source: string }, event: DraftEvent): string {
  const query = {
    on: `${delivery.source}.${event.type}`,
    when: draftCondition(event.facts),
    delivery: delivery.id,
    event: event.id,
  }
  return `/configuration/rules/new${toSearch(query)}`
}

/** A text as CEL writes it. */
function celText(text: string): string {
  return /^[^'\\\p{Cc}]*$/u.test(text) ? `'${text}'` : JSON.stringify(text)
}
