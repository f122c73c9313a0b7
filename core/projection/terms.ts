import type { DeliveryFilter } from '../contracts/lists.ts'
import type { EndedTask, UnprojectedDelivery, UnprojectedEvent } from '../contracts/projection.ts'
import { groupOfReason } from './reason-group.ts'
import { hashBeginning, hashBeginnings, wordsOf } from './words.ts'

/** Words, and other terms, of one delivery or task. It is not found by what is beyond. */
const MAX_TERMS = 500
/** Words that are looked for. */
const MAX_WORDS = 16

/** What a term is about. It is the beginning of the term, so that a type is no word. */
const ABOUT = {
  type: 't',
  fact: 'f',
  key: 'k',
  rule: 'r',
  program: 'p',
  reason: 'e',
  unmatched: 'n',
  word: 'w',
  hashBeginning: 'x',
} as const

type About = keyof typeof ABOUT

/** What a filter looks for. */
type Searched = {
  readonly [Name in 'type' | 'key' | 'facts' | 'reason' | 'text' | 'rule' | 'program' | 'state']?:
    | DeliveryFilter[Name]
    | undefined
}

/**
 * The terms of a delivery: of its own, and of its events and tasks. Tells `onTask` those of each task, of which most are
 * those of its event.
 */
export function termsOfDelivery(
  delivery: UnprojectedDelivery,
  onTask: (id: string, terms: readonly string[]) => void,
): readonly string[] {
  const { source, path, client, reason, originalId, events, tasks } = delivery
  const tasksOf = Map.groupBy(tasks, ({ eventId }) => eventId)
  const terms = new Terms()
  terms.addReason(reason)
  terms.addWords([source, client, path, originalId])
  if (isUnmatched(delivery)) terms.add('unmatched', '')
  for (const event of events) {
    const ofEvent = termsOfEvent(event)
    terms.addAll(ofEvent)
    for (const task of tasksOf.get(event.id) ?? []) {
      onTask(task.id, taskTerms({ ...task, source, event: ofEvent }))
    }
  }
  for (const task of tasks) {
    terms.add('rule', task.rule)
    terms.add('program', task.program)
    terms.addKey(task.policyKey)
    terms.addWords([task.rule, task.program])
  }
  return terms.all
}

/** The terms of a task that ended with a reason: all that it had before, and those of the reason. */
export function termsOfEnd(end: EndedTask): readonly string[] {
  const { eventType: type, senderId, facts } = end
  return taskTerms({ ...end, event: facts && termsOfEvent({ type, senderId, facts }) })
}

/** The terms of the task of a next step. */
export function termsOfNext(
  end: EndedTask,
  { program, policyKey }: NonNullable<EndedTask['next']>,
): readonly string[] {
  return termsOfEnd({ ...end, program, policyKey, reason: null })
}

/** The alternatives for each term that a filter looks for. */
export function searchedTerms(filter: Searched): readonly (readonly string[])[] {
  const { type, key, rule, program, facts = [], reason, text, state } = filter
  const exact = [
    ...given('type', type),
    ...given('key', key),
    ...given('rule', rule),
    ...given('program', program),
    ...given('reason', reason === undefined ? undefined : groupOfReason(reason)),
    ...facts.map((fact) => termOf('fact', fact)),
    ...given('unmatched', state === 'unmatched' ? '' : undefined),
  ]
  const words = text === undefined ? [] : wordsOf(text).slice(0, MAX_WORDS)
  return [
    ...exact.map((term) => [term]),
    ...words.map((word) => {
      const beginning = hashBeginning(word)
      const terms = [termOf('word', word)]
      return beginning === null ? terms : [...terms, termOf('hashBeginning', beginning)]
    }),
  ]
}

// By the decisions, which tell of a task also after it was deleted.
function isUnmatched({ outcome, events }: UnprojectedDelivery): boolean {
  const matched = events.some(({ decisions }) => decisions.some((decision) => decision.matched))
  return outcome === 'accepted' && events.length > 0 && !matched
}

type EventTerms = Pick<UnprojectedEvent, 'type' | 'senderId' | 'facts'>

interface TaskTerms extends Pick<EndedTask, 'rule' | 'program' | 'source' | 'policyKey'> {
  readonly event: Terms | null
  readonly reason?: string | null
}

function taskTerms({ rule, program, source, policyKey, event, reason }: TaskTerms) {
  const terms = new Terms()
  terms.addReason(reason ?? null)
  terms.addKey(policyKey)
  terms.addWords([rule, program, source])
  if (event !== null) terms.addAll(event)
  return terms.all
}

function termsOfEvent({ type, senderId, facts }: EventTerms): Terms {
  const terms = new Terms()
  terms.add('type', type)
  terms.addWords([type, senderId])
  for (const [name, value] of Object.entries(facts)) {
    if (value === null) continue
    terms.add('fact', `${name}=${value}`)
    terms.addWords([String(value)])
  }
  return terms
}

class Terms {
  readonly #exact = new Set<string>()
  readonly #words = new Set<string>()

  /** Each once: the beginning of a word is not that of another term. */
  get all(): readonly string[] {
    return [...this.#exact, ...this.#words]
  }

  addAll(others: Terms): void {
    for (const term of others.#exact) if (this.#exact.size < MAX_TERMS) this.#exact.add(term)
    for (const term of others.#words) if (this.#words.size < MAX_TERMS) this.#words.add(term)
  }

  add(about: Exclude<About, 'word' | 'hashBeginning'>, value: string): void {
    if (this.#exact.size < MAX_TERMS) this.#exact.add(termOf(about, value))
  }

  addKey(key: string | null): void {
    if (key === null) return
    this.add('key', key)
    this.addWords([key])
  }

  addReason(reason: string | null): void {
    if (reason === null) return
    this.add('reason', groupOfReason(reason))
    this.addWords([reason])
  }

  addWords(texts: readonly (string | null)[]): void {
    for (const text of texts) {
      if (text === null) continue
      for (const word of wordsOf(text)) {
        if (this.#words.size >= MAX_TERMS) return
        this.#words.add(termOf('word', word))
        for (const beginning of hashBeginnings(word)) {
          this.#words.add(termOf('hashBeginning', beginning))
        }
      }
    }
  }
}

function given(about: About, value: string | undefined): readonly string[] {
  return value === undefined ? [] : [termOf(about, value)]
}

function termOf(about: About, value: string): string {
  return `${ABOUT[about]}${value}`
}
