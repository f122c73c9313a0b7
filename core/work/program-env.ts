import type { Claim } from '../contracts/store.ts'

const MAX_VALUE_BYTES = 32 * 1024
const MAX_FACTS_BYTES = 256 * 1024
/** A sender can name facts as it likes, but most are always the same. */
const MAX_KNOWN_NAMES = 1000
const MAX_KNOWN_LENGTH = 100

// By fact: to make a name takes longer than all else here.
const knownNames = new Map<string, string | null>()

/**
 * The `WEBHOOK_*` variables of a run: ids and names, and each fact in upper snake case (`headSha` is
 * `WEBHOOK_HEAD_SHA`). Left out: null, a value with a NUL character, one over 32 KiB, and facts over 256 KiB in all.
 * Beside them `TRACEPARENT`, where there is one.
 */
export function buildEnv(
  claim: Claim,
  traceparent: string | null = null,
): Readonly<Record<string, string>> {
  const { task, event } = claim
  const own: Readonly<Record<string, string | null>> = {
    WEBHOOK_SOURCE: event.source,
    WEBHOOK_EVENT: `${event.source}.${event.type}`,
    WEBHOOK_EVENT_TYPE: event.type,
    WEBHOOK_EVENT_ID: event.id,
    WEBHOOK_SENDER_ID: event.senderId,
    WEBHOOK_DELIVERY_ID: event.deliveryId,
    WEBHOOK_TASK_ID: task.id,
    WEBHOOK_ATTEMPT: String(task.attempts),
    WEBHOOK_RULE: task.rule,
    WEBHOOK_PROGRAM: task.program,
  }
  const env: Record<string, string> = traceparent === null ? {} : { TRACEPARENT: traceparent }
  for (const [name, value] of Object.entries(own)) {
    if (value !== null && fits(value)) env[name] = value
  }
  let bytes = 0
  for (const [fact, value] of Object.entries(event.facts)) {
    const name = knownName(fact)
    // A name of ours stays ours even where it is unset: a program must be able to rely on it.
    if (name === null || value === null || Object.hasOwn(own, name) || Object.hasOwn(env, name))
      continue
    const text = String(value)
    if (!fits(text)) continue
    bytes += name.length + Buffer.byteLength(text)
    if (bytes > MAX_FACTS_BYTES) break
    env[name] = text
  }
  return env
}

function knownName(fact: string): string | null {
  const known = knownNames.get(fact)
  if (known !== undefined) return known
  const name = variableName(fact)
  if (knownNames.size >= MAX_KNOWN_NAMES) knownNames.clear()
  if (fact.length <= MAX_KNOWN_LENGTH) knownNames.set(fact, name)
  return name
}

/** Null where nothing of the fact's name can stand in a variable's name. */
function variableName(fact: string): string | null {
  const words = fact
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
  return words === '' ? null : `WEBHOOK_${words.toUpperCase()}`
}

function fits(value: string): boolean {
  return Buffer.byteLength(value) <= MAX_VALUE_BYTES && !value.includes('\0')
}
