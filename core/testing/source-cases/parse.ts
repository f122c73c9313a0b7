import assert from 'node:assert/strict'
import type { EventCatalog, ParsedEvent } from '../../contracts/event.ts'
import { isEventType } from '../../sdk/events/event-type.ts'
import type { SourceBench } from './bench.ts'
import type { Cases } from './verify.ts'

const PARSE_CODES = ['delivery_unparsable', 'content_type_unsupported']
const DEEP = `${'['.repeat(5000)}${']'.repeat(5000)}`
const POLLUTING =
  '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"action":"__proto__"}'

const BODIES: Readonly<Record<string, string | Uint8Array>> = {
  empty: '',
  'no UTF-8': Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d),
  'truncated JSON': '{"truncated_marker_of_the_suite": ["abcdefghijklmnopqrstuvwxyz", ',
  'no JSON': 'marker_of_the_suite, which is no JSON',
  'an array': '[1, 2, {"a": "marker_of_the_suite"}]',
  'a string': '"marker_of_the_suite"',
  'a number': '1e999',
  null: 'null',
  'deep JSON': DEEP,
  'deep JSON behind a quote': `{"a":"\\"[","b":${DEEP}}`,
}

/** The events of verified deliveries. */
export function parseCases(bench: SourceBench): Cases {
  const { adapter } = bench
  return {
    'parses what the sender sends': async () => {
      for (const sample of adapter.samples) {
        const events = await bench.parse(bench.create(), await bench.delivery(sample))
        if (typeof events === 'string') return assert.fail(`${sample.event}: ${events}`)
        assert.ok(
          events.some(({ type }) => type === sample.type),
          `${sample.event} gave ${events.map(({ type }) => type).join(', ')}, not ${sample.type}`,
        )
        for (const event of events) checkEvent(event, adapter.anyFacts ? null : catalog())
        const facts = events.find(({ type }) => type === sample.type)?.facts ?? {}
        for (const [name, value] of Object.entries(sample.facts ?? {})) {
          assert.equal(facts[name], value, `fact ${name} of ${sample.event}`)
        }
      }
    },
    'gives a repeated delivery the same ids': async () => {
      const idsOf = async () => {
        const events = await bench.parse(bench.create(), await bench.delivery())
        return typeof events === 'string' ? events : events.map(({ id }) => id)
      }
      assert.deepEqual(await idsOf(), await idsOf())
    },
    'answers any body with events or a code': async () => {
      for (const [name, body] of Object.entries(BODIES)) {
        const source = bench.create()
        const delivery = await bench.delivery({ body, contentType: 'application/json' })
        // A body that is no object has no place for a proof or a time.
        if (!adapter.proofField && !adapter.timeInBody) await bench.accepts(source, delivery)
        const outcome = await bench.parse(source, delivery)
        if (typeof outcome === 'string') assert.ok(PARSE_CODES.includes(outcome), name)
        else for (const event of outcome) checkEvent(event, null)
      }
    },
    'refuses what is no text, no JSON, or too deep': async () => {
      const empty = adapter.takesEmptyBody ? [] : ['empty']
      for (const name of [...empty, 'no UTF-8', 'truncated JSON', 'no JSON', 'deep JSON']) {
        const sent = { body: BODIES[name] ?? '', contentType: 'application/json' }
        const outcome = await bench.parse(bench.create(), await bench.delivery(sent))
        assert.equal(outcome, 'delivery_unparsable', name)
      }
    },
    'is not changed by keys such as __proto__': async () => {
      const sent = { body: POLLUTING, contentType: 'application/json' }
      const events = await bench.parse(bench.create(), await bench.delivery(sent))
      if (typeof events !== 'string') for (const event of events) checkEvent(event, null)
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
    },
    'refuses a content type it does not know': async () => {
      const sent = { contentType: 'application/x-unknown' }
      const outcome = await bench.parse(bench.create(), await bench.delivery(sent))
      assert.equal(outcome, 'content_type_unsupported')
    },
    'documents its events': async () => {
      const { definition, anyFacts } = adapter
      assert.ok(definition.summary.endsWith('.'))
      assert.ok(anyFacts || Object.keys(definition.events).length > 0)
      for (const [type, { description, facts }] of Object.entries(definition.events)) {
        assert.ok(type === '*' || isEventType(type), type)
        assert.ok(description.length > 0, type)
        for (const [name, doc] of Object.entries(facts)) {
          assert.ok(doc.description.length > 0, `${type}: ${name}`)
        }
      }
    },
  }

  function catalog(): EventCatalog {
    return adapter.definition.events
  }
}

/** With a catalogue, every fact must be documented in it with its type. */
function checkEvent(event: ParsedEvent, catalog: EventCatalog | null): void {
  assert.ok(isEventType(event.type), `not an event type: ${event.type}`)
  assert.ok(event.id === null || event.id.length > 0, 'an id is a text or null')
  assert.notEqual(event.payload, undefined)
  assert.doesNotThrow(() => JSON.stringify(event.payload))
  for (const [name, value] of Object.entries(event.facts)) {
    assert.match(name, /^[A-Za-z_][A-Za-z0-9_]*$/)
    assert.ok(!['__proto__', 'constructor', 'prototype'].includes(name), name)
    if (value !== null)
      assert.ok(['string', 'number', 'bigint', 'boolean'].includes(typeof value), name)
    if (catalog === null) continue
    const doc = docOf(catalog, event.type, name)
    assert.ok(doc, `fact ${name} of ${event.type} is not documented`)
    const type = typeof value === 'bigint' ? 'number' : typeof value
    if (value !== null) assert.equal(type, doc.type, `fact ${name} of ${event.type}`)
  }
}

function docOf(catalog: EventCatalog, type: string, name: string) {
  const words = type.split('.')
  for (let count = words.length; count > 0; count--) {
    const doc = catalog[words.slice(0, count).join('.')]?.facts[name]
    if (doc) return doc
  }
  return catalog['*']?.facts[name]
}
