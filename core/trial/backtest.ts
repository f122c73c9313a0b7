import type { Condition, RunningRule } from '../contracts/config.ts'
import type { EventRequest, Facts, FactValue } from '../contracts/event.ts'
import type { DeliverySummary, StoredEvent, StoreInstance } from '../contracts/store.ts'
import { covers } from '../matching/covers.ts'
import { namesRequest, requestOf } from '../matching/event-request.ts'
import { MANUAL_METHOD } from '../matching/manual-rule.ts'
import { SHARED_STEPS } from '../matching/plan-events.ts'
import { decide } from '../matching/rule-index.ts'
import { readStoredEvent } from '../matching/stored-event.ts'
import { cutText } from './clause-views.ts'
import { Turns } from './turns.ts'

const MAX_MS = 5000
const MAX_DELIVERIES = 5000
const PAGE = 200
const MAX_LISTED = 100
const MAX_FACT_LENGTH = 200

export interface BacktestInput {
  readonly store: Pick<StoreInstance, 'delivery' | 'deliveries' | 'events'>
  readonly draft: { readonly on: string; readonly condition: Condition | null }
  /** The rule in force that the draft would replace; null: none. */
  readonly inForce: RunningRule | null
  /** How many events to try: the newest that either rule's `on` covers. */
  readonly last: number
}

/** An event of a backtest. */
export interface TriedEvent {
  readonly event: string
  readonly delivery: string
  readonly source: string
  readonly type: string
  /** Milliseconds since the epoch. */
  readonly receivedAt: number
  /** Texts are cut to 200 characters. */
  readonly facts: Facts
}

export interface Backtest {
  /** Whether the search ended before it had found as many events as were asked for, although there may be more. */
  readonly partial: boolean
  readonly deliveries: number
  readonly events: number
  /** When the oldest and the newest tried event arrived, in milliseconds since the epoch; null: none was tried. */
  readonly since: number | null
  readonly until: number | null
  /** `same`: both match. `neither`: none does. `errors`: the draft cannot be evaluated, so it does not match. */
  readonly counts: Readonly<Record<'gained' | 'lost' | 'same' | 'neither' | 'errors', number>>
  /** Newest first, 100 of each at most. */
  readonly gained: readonly TriedEvent[]
  readonly lost: readonly TriedEvent[]
  readonly same: readonly TriedEvent[]
  readonly errors: readonly (TriedEvent & { readonly error: string })[]
}

/** Tries a draft of a rule on the newest stored events, and compares it with the rule in force. Takes 5 seconds at most. */
export async function backtest(input: BacktestInput): Promise<Backtest> {
  const turns = new Turns(MAX_MS)
  const tally = new Tally(input)
  let deliveries = 0
  let isPartial = false
  const readsRequest = [input.draft, input.inForce].some((rule) =>
    namesRequest(rule?.condition?.text ?? ''),
  )
  for await (const delivery of acceptedDeliveries(input)) {
    if (tally.isFull) break
    isPartial = deliveries === MAX_DELIVERIES || !(await turns.next())
    if (isPartial) break
    deliveries++
    const events = await input.store.events(delivery.id)
    const whole = readsRequest ? await input.store.delivery(delivery.id) : null
    const request = whole && requestOf(whole)
    for (const event of events.toReversed()) {
      if (tally.isFull) break
      isPartial = !(await turns.next())
      if (isPartial) break
      tally.add(event, request)
    }
    if (isPartial) break
  }
  return { ...tally.result(), partial: isPartial, deliveries }
}

/** The accepted deliveries of the sources of both rules, newest first, but not those of programs that a person ran. */
async function* acceptedDeliveries({
  store,
  draft,
  inForce,
}: BacktestInput): AsyncGenerator<DeliverySummary> {
  const sources = new Set(
    [draft.on, inForce?.on ?? draft.on].map((on) => on.split('.', 1)[0] ?? ''),
  )
  const lists = [...sources].map((source) => deliveriesOf(store, source))
  const heads = await Promise.all(lists.map((list) => list.next()))
  while (true) {
    // Ids sort by time.
    const newest = heads.reduce(
      (best, { value }, index) =>
        value && value.id > (heads[best]?.value?.id ?? '') ? index : best,
      0,
    )
    const [list, head] = [lists[newest], heads[newest]]
    if (list === undefined || head === undefined || head.done) return
    yield head.value
    heads[newest] = await list.next()
  }
}

async function* deliveriesOf(
  store: BacktestInput['store'],
  source: string,
): AsyncGenerator<DeliverySummary, undefined> {
  let after: string | null = null
  do {
    const more: { after?: string } = after === null ? {} : { after }
    const page: Awaited<ReturnType<StoreInstance['deliveries']>> = await store.deliveries({
      source,
      outcome: 'accepted',
      limit: PAGE,
      ...more,
    })
    yield* page.items.filter(({ method }) => method !== MANUAL_METHOD)
    after = page.next
  } while (after !== null)
}

class Tally {
  readonly #input: BacktestInput
  readonly #draft: Pick<RunningRule, 'id' | 'program' | 'version' | 'condition'>
  readonly #counts = { gained: 0, lost: 0, same: 0, neither: 0, errors: 0 }
  readonly #lists = { gained: [], lost: [], same: [] } as Record<string, TriedEvent[]>
  readonly #errors: (TriedEvent & { readonly error: string })[] = []
  #events = 0
  #since: number | null = null
  #until: number | null = null

  constructor(input: BacktestInput) {
    this.#input = input
    this.#draft = { id: 'draft', program: '', version: '', condition: input.draft.condition }
  }

  get isFull(): boolean {
    return this.#events >= this.#input.last
  }

  /** Counts an event, unless neither rule covers it. */
  add(stored: StoredEvent, request: EventRequest | null): void {
    const { draft, inForce } = this.#input
    const isCovered = covers(draft.on, stored)
    const wasCovered = inForce !== null && covers(inForce.on, stored)
    if (!isCovered && !wasCovered) return
    this.#events++
    this.#since = stored.receivedAt
    this.#until ??= stored.receivedAt
    const { event } = readStoredEvent(stored, request)
    const now = isCovered ? decide(this.#draft, event, { left: SHARED_STEPS }) : null
    const before = wasCovered ? decide(inForce, event, { left: SHARED_STEPS }) : null
    const matches = now?.matched === true
    const matched = before?.matched === true
    this.#list(stored, matches ? (matched ? 'same' : 'gained') : matched ? 'lost' : 'neither')
    if (now?.error === undefined) return
    this.#counts.errors++
    if (this.#errors.length < MAX_LISTED) {
      this.#errors.push({ ...triedEvent(stored), error: now.error })
    }
  }

  result(): Omit<Backtest, 'partial' | 'deliveries'> {
    const { gained = [], lost = [], same = [] } = this.#lists
    return {
      events: this.#events,
      since: this.#since,
      until: this.#until,
      counts: this.#counts,
      ...{ gained, lost, same, errors: this.#errors },
    }
  }

  #list(stored: StoredEvent, change: 'gained' | 'lost' | 'same' | 'neither'): void {
    this.#counts[change]++
    const list = this.#lists[change]
    if (list !== undefined && list.length < MAX_LISTED) list.push(triedEvent(stored))
  }
}

function triedEvent({ id, deliveryId, source, type, receivedAt, facts }: StoredEvent): TriedEvent {
  const cut = Object.entries(facts).map(([name, value]) => [name, cutFact(value)] as const)
  const shown = Object.fromEntries(cut)
  return { event: id, delivery: deliveryId, source, type, receivedAt, facts: shown }
}

function cutFact(value: FactValue): FactValue {
  return typeof value === 'string' ? cutText(value, MAX_FACT_LENGTH) : value
}
