import { html } from 'hono/html'
import type { Html } from '../page.ts'

/** Facts that people know an event by. */
const KNOWN = [
  ...['repository', 'project', 'branch', 'tag', 'environment', 'action', 'number', 'title'],
  ...['name', 'sender', 'status', 'subject', 'amount'],
]
/** These say nothing that the type and the id of the event do not. */
const LEFT_OUT = new Set(['type', 'event_name', 'id'])
const SHOWN = 3
const MAX_LENGTH = 60

type Facts = Readonly<Record<string, unknown>>

/** The few facts that tell one event from another, in a line. */
export function shortFacts(facts: Facts): Html {
  return html`<span class="in-line">${chosen(facts).map(([name, value]) => html`<span><span class="faint">${name}</span> ${value}</span> `)}</span>`
}

/** The values of the same facts, for a place that takes only text. */
export function shortFactsText(facts: Facts): string {
  return chosen(facts)
    .map(([, value]) => value)
    .join(' · ')
}

function chosen(facts: Facts): readonly (readonly [name: string, value: string])[] {
  const given = Object.entries(facts).filter(([, value]) => value !== null && value !== '')
  const known = KNOWN.flatMap((name) => given.filter(([one]) => one === name))
  const others = given.filter(([name]) => !KNOWN.includes(name) && !LEFT_OUT.has(name))
  return [...known, ...others].slice(0, SHOWN).map(([name, value]) => [name, cut(String(value))])
}

function cut(value: string): string {
  return value.length > MAX_LENGTH ? `${value.slice(0, MAX_LENGTH)}…` : value
}
