import { html } from 'hono/html'
import type { ExplainedEventView } from '../../../api/deliveries/views.ts'
import type { RuleExplanation } from '../../../trial/explain-event.ts'
import type { Html, PageContext } from '../../page.ts'
import { badge, stateBadge, type Tone } from '../../parts/badges.ts'
import { clauseTree } from '../../parts/clauses.ts'
import { facts, table } from '../../parts/table.ts'
import { copyable, number } from '../../parts/text.ts'
import { deliveryApi, type Loaded } from './load.ts'
import { ruleDraftPath } from './rule-draft.ts'

const LISTED_EVENTS = 100

/** The events of a delivery: all of them in a list if there are several, and one of them as a whole. */
export function eventCards(page: PageContext, loaded: Loaded): Html | '' {
  const { events } = loaded.delivery
  const wanted = page.context.req.query('event')
  const shown = events.find(({ id }) => id === wanted) ?? events[0]
  if (shown === undefined) return ''
  return html`${events.length === 1 ? '' : eventList(page, loaded, shown)}
    <div class="columns">${rulesCard(page, loaded, shown)}${factsCard(page, loaded, shown)}</div>`
}

function eventList(page: PageContext, { delivery }: Loaded, shown: ExplainedEventView): Html {
  const text = page.texts.delivery
  const { events } = delivery
  const columns = [
    { heading: text.type, cell: ({ type }: ExplainedEventView) => type },
    { heading: text.senderId, cell: ({ senderId }: ExplainedEventView) => senderId ?? '–' },
    {
      heading: text.rules,
      cell: ({ decisions }: ExplainedEventView) => {
        const matched = decisions.filter((decision) => decision.matched).length
        return text.matched(number(page, matched), number(page, decisions.length))
      },
    },
    {
      heading: '',
      cell: ({ id }: ExplainedEventView) => (id === shown.id ? badge('busy', text.shown) : ''),
    },
  ]
  const rest = events.length - LISTED_EVENTS
  return html`<section><h2>${text.events(number(page, events.length))}</h2>
    ${table(events.slice(0, LISTED_EVENTS), columns, {
      label: text.events(number(page, events.length)),
      href: ({ id }) => `/deliveries/${delivery.id}?event=${id}#event`,
    })}
    ${rest > 0 ? html`<p class="faint">${text.moreEvents(number(page, rest))}</p>` : ''}</section>`
}

function factsCard(page: PageContext, { delivery }: Loaded, event: ExplainedEventView): Html {
  const text = page.texts.delivery
  const all = Object.entries(event.facts)
  const given = all.filter(([, value]) => value !== null)
  const absent = all.filter(([, value]) => value === null).map(([name]) => name)
  const query = `delivery=${delivery.id}&event=${event.id}`
  return html`<section class="card" id="event">
    <div class="row spread"><h2>${text.event} <code>${delivery.source}.${event.type}</code></h2>
      <span class="row">
        ${page.may('operator') ? html`<a class="button small" href="/playground?${query}">${text.toPlayground}</a>` : ''}
        ${page.may('admin') && delivery.source !== '@manual' ? html`<a class="button small" href="${ruleDraftPath(delivery, event)}">${text.makeRule}</a>` : ''}
      </span></div>
    ${facts([
      [text.eventId, copyable(page, event.id)],
      [text.senderId, event.senderId === null ? null : copyable(page, event.senderId)],
    ])}
    <h3>${text.facts}</h3>
    ${all.length === 0 ? html`<p class="faint">${text.noFacts}</p>` : ''}
    ${facts(given.map(([name, value]) => [name, html`<code>${String(value)}</code>`]))}
    ${absent.length === 0 ? '' : html`<p class="faint">${text.absent(absent.join(', '))}</p>`}
    ${page.may('operator') ? payloadPart(page, delivery.id, event.id) : html`<p class="faint">${text.payloadHidden}</p>`}
  </section>`
}

/** Loaded when it is opened: a payload may be large. */
function payloadPart({ texts }: PageContext, delivery: string, event: string): Html {
  const text = texts.delivery
  const path = `/deliveries/${delivery}/payload?event=${event}`
  return html`<details hx-get="${path}" hx-trigger="toggle once" hx-target="#payload" hx-select="#payload" hx-swap="outerHTML">
    <summary>${text.payload}</summary>
    <div id="payload"><a href="${path}">${text.openPayload}</a></div>
  </details>`
}

/** Where the whole payload is. */
export function payloadApi(delivery: string, event: string): string {
  return `${deliveryApi(delivery)}/payload?event=${encodeURIComponent(event)}&`
}

function rulesCard(page: PageContext, loaded: Loaded, event: ExplainedEventView): Html {
  const text = page.texts.delivery
  const { delivery, unexplained } = loaded
  const { rules } = event
  if (rules !== null && rules.length === 0) {
    const add = page.may('admin')
      ? html`<p><a class="button" href="${ruleDraftPath(delivery, event)}">${text.makeRule}</a></p>`
      : ''
    return html`<section class="card"><h2>${text.rules}</h2><p>${text.noRuleLong(`${delivery.source}.${event.type}`)}</p>${add}</section>`
  }
  const unknown =
    unexplained === null ? text.notExplained : `${unexplained.message}. ${text.reload}`
  const shown =
    rules ??
    event.decisions.map((decision) => ({
      ...decision,
      decision,
      current: null,
      changed: null,
      isUnknown: true,
    }))
  return html`<section class="card" id="rules"><h2>${text.rules}</h2>
    ${rules === null ? html`<p class="notice">${unknown}</p>` : ''}
    ${shown.map((rule) => ruleItem(page, rule, event.tasks))}
  </section>`
}

type Tasks = ExplainedEventView['tasks']

interface ShownRule extends RuleExplanation {
  /** Not looked at, so nothing is known of the rule in force. */
  readonly isUnknown?: true
}

function ruleItem(page: PageContext, shown: ShownRule, tasks: Tasks): Html {
  const text = page.texts.delivery
  const { rule, program, decision, current } = shown
  const taskId = decision?.taskId
  return html`<article class="part">
    <div class="row">
      ${decisionBadge(page, shown)}
      <strong>${rule}</strong><span class="faint">→ ${program}</span>
      ${taskId === undefined ? '' : html`<a href="/tasks/${taskId}">${text.toTask}</a>`}
    </div>
    ${stepsAfter(page, tasks, taskId)}
    ${decision?.error === undefined ? '' : html`<p class="fault">${decision.error}</p>`}
    ${noteOf(page, shown).map((note) => html`<p class="faint">${note}</p>`)}
    ${current?.clauses ? clauseTree(page, current.clauses) : ''}
  </article>`
}

/** The tasks of the steps that followed a task, in their order. */
function stepsAfter(page: PageContext, tasks: Tasks, taskId: string | undefined): Html | '' {
  const next = tasks.find(({ follows }) => taskId !== undefined && follows === taskId)
  if (next === undefined) return ''
  const { id, program, state } = next
  return html`<div class="row">${stateBadge(page, state)}
      <span class="faint">→ ${program}</span> <a href="/tasks/${id}">${page.texts.delivery.toTask}</a></div>
    ${stepsAfter(page, tasks, id)}`
}

function decisionBadge({ texts }: PageContext, { decision, current }: ShownRule): Html {
  const text = texts.delivery
  const made = decision ?? current
  const [tone, word]: readonly [Tone, string] =
    made?.matched === true
      ? ['good', text.ruleMatched]
      : made?.because === 'condition_error'
        ? ['wait', text.ruleError]
        : made?.because === 'condition_too_costly'
          ? ['wait', text.ruleCostly]
          : ['quiet', text.ruleNot]
  return badge(tone, decision === null ? `${text.now}: ${word}` : word)
}

/** What has to be said so that the clauses are not taken for those of another time. */
function noteOf({ texts }: PageContext, shown: ShownRule): readonly string[] {
  const text = texts.delivery
  const { decision, current, changed, isUnknown } = shown
  if (isUnknown) return []
  if (current === null) return [text.ruleGone]
  const notes: string[] = []
  if (decision === null) notes.push(text.ruleNew)
  else if (changed === true) notes.push(text.ruleChanged)
  else if (changed === null) notes.push(text.ruleMaybeChanged)
  if (decision !== null && changed === true && decision.matched !== current.matched) {
    notes.push(current.matched ? text.matchesNow : text.matchesNoMore)
  }
  if (current.condition === null) notes.push(text.noCondition)
  else if (current.clauses === null && current.condition === '[function]')
    notes.push(text.isFunction)
  return notes
}
