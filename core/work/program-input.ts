import type { ProgramSettings } from '../contracts/config.ts'
import type { WebhookEvent } from '../contracts/event.ts'
import type { ProgramRun } from '../contracts/executor.ts'
import type { Claim } from '../contracts/store.ts'
import { HooklineError } from '../kit/errors.ts'
import { buildArgs } from './program-args.ts'
import { buildEnv } from './program-env.ts'

const BYTE_ORDER_MARK = '\uFEFF'

export type ProgramInput = Pick<ProgramRun, 'event' | 'args' | 'env' | 'stdin'>

type InputSettings = Pick<ProgramSettings, 'params' | 'allowLeadingDash'> & {
  readonly traceparent?: string | null
}

/** All that a program gets of its event. Throws `param_missing`, `param_refused` or `delivery_unparsable`. */
export function buildProgramInput(claim: Claim, settings: InputSettings): ProgramInput {
  const payload = claim.event.payload.startsWith(BYTE_ORDER_MARK)
    ? claim.event.payload.slice(1)
    : claim.event.payload
  const event = toWebhookEvent(claim.event, payload)
  return {
    event,
    args: buildArgs({ event, payload }, settings),
    env: buildEnv(claim, settings.traceparent ?? null),
    stdin: eventJson(claim.event, payload),
  }
}

/** The payload is parsed when it is first read: most programs never do. */
function toWebhookEvent(stored: Claim['event'], payload: string): WebhookEvent {
  let parsed: { readonly value: unknown } | null = null
  return {
    id: stored.id,
    source: stored.source,
    type: stored.type,
    senderId: stored.senderId,
    deliveryId: stored.deliveryId,
    receivedAt: new Date(stored.receivedAt),
    facts: stored.facts,
    get payload(): unknown {
      parsed ??= { value: parse(payload) }
      return parsed.value
    },
  }
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    // The parser's own message quotes the payload.
    throw new HooklineError('delivery_unparsable', "The event's payload is not JSON.")
  }
}

/** The payload goes in as text: parsing it would change large numbers and the order of keys. */
function eventJson(stored: Claim['event'], payload: string): string {
  const head = JSON.stringify({
    id: stored.id,
    source: stored.source,
    type: stored.type,
    senderId: stored.senderId,
    deliveryId: stored.deliveryId,
    receivedAt: new Date(stored.receivedAt).toISOString(),
    facts: stored.facts,
  })
  return `${head.slice(0, -1)},"payload":${payload}}`
}
