import type { DeliveryRecord, StoredEvent } from '../../contracts/store.ts'
import { HooklineError } from '../../errors/errors.ts'
import { MANUAL_METHOD } from '../../matching/manual-rule.ts'
import { OWN_SOURCE } from '../../own-events/catalog.ts'
import { isBodyLeftOut } from '../../receive/record.ts'
import { isoTime } from '../iso-time.ts'
import { type ShownBody, type ShownOptions, showBody } from './shown-text.ts'

/** A stored delivery, and what became of it, as a case of a test. Secrets are masked. */
export interface TestCaseView {
  readonly delivery: {
    readonly source: string
    readonly method: string
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly client: string | null
    readonly receivedAt: string
    /** Absent if the body is no text; then it is in `bodyBase64`. */
    readonly body?: string
    readonly bodyBase64?: string
  }
  readonly expect: {
    readonly outcome: 'accepted' | 'refused'
    readonly reason: string | null
    readonly events: readonly ExpectedEvent[]
  }
}

/** A delivery of a sender with its body. */
type WholeDelivery = DeliveryRecord & { readonly outcome: 'accepted' | 'refused' }

interface ExpectedEvent {
  readonly type: string
  readonly senderId: string | null
  readonly facts: StoredEvent['facts']
  /** Whether each rule matches. */
  readonly rules: Readonly<Record<string, boolean>>
}

/** Throws `delivery_incomplete` for a delivery that is not stored whole, or that no sender made. */
export async function testCase(
  record: DeliveryRecord,
  events: readonly StoredEvent[],
  options: ShownOptions,
): Promise<TestCaseView> {
  checkWhole(record)
  const { source, method, path, headers, client, outcome, reason } = record
  const body = await showBody(record.body, headers['content-type'], options)
  const receivedAt = isoTime(record.receivedAt)
  return {
    delivery: { source, method, path, headers, client, receivedAt, ...bodyFields(body) },
    expect: { outcome, reason, events: events.map(expected) },
  }
}

/** Throws `delivery_incomplete` for a delivery that is not stored whole, or that no sender made. */
export function checkWhole(record: DeliveryRecord): asserts record is WholeDelivery {
  const { source, method, outcome, originalId } = record
  if (outcome === 'duplicate') throw incomplete(`The first delivery, ${originalId}, has its body`)
  if (isBodyLeftOut(record)) throw incomplete('Its body was too large to be kept')
  if (source === OWN_SOURCE || method === MANUAL_METHOD) throw incomplete('No sender made it')
}

function bodyFields({ isText, content }: ShownBody): { body: string } | { bodyBase64: string } {
  return isText ? { body: content } : { bodyBase64: Buffer.from(content).toString('base64') }
}

function expected({ type, senderId, facts, decisions }: StoredEvent): ExpectedEvent {
  const rules = decisions.map(({ rule, matched }) => [rule, matched] as const)
  return { type, senderId, facts, rules: Object.fromEntries(rules) }
}

function incomplete(why: string): HooklineError {
  return new HooklineError('delivery_incomplete', why)
}
