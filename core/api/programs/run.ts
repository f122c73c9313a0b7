import { z } from 'zod'
import { compilePolicyKey } from '../../conditions/policy-key.ts'
import type { ProgramValue, RunningConfig, RunningProgram } from '../../contracts/config.ts'
import type { Facts, ParsedEvent } from '../../contracts/event.ts'
import type { AcceptEntry, StoreInstance } from '../../contracts/store.ts'
import { isHooklineError } from '../../errors/errors.ts'
import { isRecord } from '../../kit/is-record.ts'
import { suggestion } from '../../kit/nearest-name.ts'
import { makeDelivery } from '../../matching/made-delivery.ts'
import { MANUAL_METHOD, MANUAL_SOURCE, manualRule } from '../../matching/manual-rule.ts'
import { planEvent } from '../../matching/plan-events.ts'
import { RuleIndex } from '../../matching/rule-index.ts'
import { OWN_SOURCE } from '../../own-events/catalog.ts'
import { isEventType, MAX_EVENT_TYPE_LENGTH } from '../../sdk/events/event-type.ts'
import { buildArgs } from '../../work/program-values.ts'
import { findDelivery, findEvent } from '../deliveries/find-delivery.ts'
import { bodyFault, checkBody } from '../http/json-body.ts'
import { escapePointer } from '../http/json-keys.ts'

const MAX_FACTS = 1000
const BYTE_ORDER_MARK = /^\uFEFF/

const name = z.string().min(1).max(200)
const fact = z.union([z.string(), z.number(), z.bigint(), z.boolean(), z.null()])
const facts = z
  .record(name, fact)
  .refine((given) => Object.keys(given).length <= MAX_FACTS, `may be ${MAX_FACTS} at most`)

const typedEvent = z.strictObject({
  type: z
    .string()
    .refine(
      isEventType,
      `must be 1 to ${MAX_EVENT_TYPE_LENGTH} of A-Z a-z 0-9 _ : / - in dotted parts`,
    )
    .optional()
    .describe('Without the source. Default: `run`.'),
  source: name.optional().describe('A source of the config. Default: `@manual`.'),
  facts: facts.optional(),
  payload: z.unknown().optional().describe('Any JSON. Default: an empty object.'),
})

const storedEvent = z.strictObject({
  delivery: name.describe('ID of a stored delivery.'),
  event: name.optional().describe('ID of one of its events. Default: the first.'),
})

const bodyWith = <Event extends z.ZodType>(event: Event) =>
  z.strictObject({
    event: event.optional().describe('An event, or one of a stored delivery.'),
    params: facts
      .optional()
      .describe('Values of params of the program. They become facts of the event.'),
  })

export const runBody = bodyWith(z.union([storedEvent, typedEvent]))
const storedBody = bodyWith(storedEvent)
const typedBody = bodyWith(typedEvent)

type RunRequest = z.output<typeof runBody>

interface RunOptions {
  readonly config: RunningConfig
  readonly program: RunningProgram
  readonly store: Pick<StoreInstance, 'delivery' | 'events'>
  /** Address of the caller; null if unknown. */
  readonly client: string | null
  /** Milliseconds since the epoch. */
  readonly now: number
}

/** Checks the body of a run. Throws `request_invalid`. */
export function readRun(body: unknown): RunRequest {
  // By what is given: a fault of a union names no place.
  const isStored = isRecord(body) && isRecord(body['event']) && 'delivery' in body['event']
  return isStored ? checkBody(storedBody, body) : checkBody(typedBody, body)
}

/** What a run of a program commits: a delivery, an event and one task. Throws `delivery_unknown`, `event_unknown` or `request_invalid`. */
export async function planRun(request: RunRequest, options: RunOptions): Promise<AcceptEntry> {
  const { config, program, store, client, now } = options
  const { params = {} } = request
  checkParams(params, program)
  const { event = {} } = request
  const base = 'delivery' in event ? await storedBase(event, store) : typedBase(event, config)
  const { source, type, payload, originalId } = base
  const { delivery, record } = makeDelivery({
    source,
    method: MANUAL_METHOD,
    path: `/api/programs/${program.name}/run`,
    payload,
    client,
    originalId,
    now,
  })
  const facts = { ...base.facts, ...params }
  const parsed: ParsedEvent = { type, id: null, facts, payload: delivery.json() }
  const { key } = program.settings.policy
  const policyKey = key === null ? null : compilePolicyKey(key, { facts: null })
  const rule = manualRule(program, { source, policyKey })
  const planned = planEvent(delivery, parsed, new RuleIndex([rule]))
  const { id, senderId } = planned
  const about = { source, deliveryId: delivery.id, receivedAt: delivery.receivedAt }
  checkArgs({ ...about, id, type, senderId, facts, payload: parsed.payload }, payload, program)
  return { delivery: record, events: [planned] }
}

interface EventBase {
  readonly source: string
  readonly type: string
  readonly facts: Facts
  /** JSON text. */
  readonly payload: string
  readonly originalId: string | null
}

function typedBase(
  { source = MANUAL_SOURCE, type = 'run', facts = {}, payload = {} }: z.output<typeof typedEvent>,
  { sources }: RunningConfig,
): EventBase {
  const known = [MANUAL_SOURCE, OWN_SOURCE, ...sources.keys()]
  if (!known.includes(source)) {
    const given = `there is no source \`${source}\`.${suggestion(source, known)}`
    throw bodyFault('/event/source', given)
  }
  return { source, type, facts, payload: JSON.stringify(payload), originalId: null }
}

async function storedBase(
  { delivery, event }: z.output<typeof storedEvent>,
  store: RunOptions['store'],
): Promise<EventBase> {
  await findDelivery({ store }, delivery)
  const { source, type, facts, payload } = await findEvent({ store }, delivery, event)
  const text = payload.replace(BYTE_ORDER_MARK, '')
  return { source, type, facts, payload: text, originalId: delivery }
}

function checkParams(params: Facts, { name: program, settings }: RunningProgram): void {
  const known = settings.params.filter(isAsked).map((param) => param.name)
  for (const given of Object.keys(params)) {
    if (known.includes(given)) continue
    const message = `\`${program}\` has no param \`${given}\`.${suggestion(given, known)}`
    throw bodyFault(`/params/${escapePointer(given)}`, message)
  }
}

/** Whether the event is asked for a value: it is not fixed in the config. */
export function isAsked({ value }: ProgramValue): boolean {
  return value === undefined
}

/** A value that the program would lack is better refused now than found in a dead task. */
function checkArgs(
  event: Parameters<typeof buildArgs>[0]['event'],
  payload: string,
  { settings }: RunningProgram,
): void {
  try {
    buildArgs({ event, payload }, settings)
  } catch (error) {
    if (!isHooklineError(error)) throw error
    throw bodyFault('/params', error.message)
  }
}
