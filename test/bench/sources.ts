import { builtInSources } from '../../core/config/modules/built-in.ts'
import type { SourceInstance } from '../../core/contracts/source.ts'
import { makeContext, makeDelivery } from '../../core/testing/delivery.ts'

const BODY_BYTES = 10_240
const WARM_UP = 300
const SAMPLES = 1000
const SECRET = 'c2VjcmV0IG9mIHRoZSBiZW5jaG1hcms='

/** Verification and parsing of a 10 KB delivery, for every source that a secret alone sets up and that can sign one. */
export async function sourceBench(): Promise<void> {
  const rows: { name: string; micros: number }[] = []
  const left: string[] = []
  for (const definition of await builtInSources()) {
    const instance = createOrNull(() => {
      const options = definition.options.parse({ secret: SECRET })
      return definition.create(options, makeContext({ name: definition.name }))
    })
    const micros = instance === null ? null : await medianMicros(definition.name, instance)
    if (micros === null) left.push(definition.name)
    else rows.push({ name: definition.name, micros })
  }
  console.log(`sources: verify and parse ${BODY_BYTES} bytes, median of ${SAMPLES}`)
  for (const { name, micros } of rows) {
    console.log(`  ${name.padEnd(26)} ${micros.toFixed(0).padStart(5)} µs`)
  }
  console.log(`  not measured (other options, or no such sample): ${left.join(', ')}\n`)
}

async function medianMicros(name: string, instance: SourceInstance): Promise<number | null> {
  const times: number[] = []
  for (let index = 0; index < WARM_UP + SAMPLES; index++) {
    const delivery = signedDelivery(name, instance)
    if (delivery === null) return null
    const begun = performance.now()
    const verdict = await instance.verify(delivery)
    const events = createOrNull(() => instance.parse(delivery))
    const micros = (performance.now() - begun) * 1000
    if (!verdict.ok || events === null || (await events).length === 0) return null
    if (index >= WARM_UP) times.push(micros)
  }
  return times.toSorted((one, other) => one - other)[SAMPLES / 2] ?? null
}

// Words that most senders use for the type and the id of an event; a source that wants others is not measured.
function signedDelivery(name: string, instance: SourceInstance) {
  const sentAt = new Date()
  const base = { type: 'test', event: 'test', event_type: 'test', id: 'evt_1', event_id: 'evt_1' }
  const padding = 'x'.repeat(100)
  const items = Array.from({ length: 80 }, (_, number) => ({ number, padding }))
  const text = JSON.stringify({ ...base, webhookTimestamp: sentAt.getTime(), items })
  const body = new TextEncoder().encode(text.padEnd(BODY_BYTES, ' '))
  const url = `http://localhost:8080/webhooks/${name}`
  const signed = instance.sign?.({ event: 'test', id: 'evt_1', body, url, sentAt })
  if (signed === undefined) return null
  const headers = { 'content-type': 'application/json', ...signed }
  return makeDelivery({ source: name, headers, body, url, receivedAt: sentAt })
}

function createOrNull<Value>(create: () => Value): Value | null {
  try {
    return create()
  } catch {
    return null
  }
}
