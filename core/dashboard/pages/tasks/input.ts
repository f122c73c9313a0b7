import { html } from 'hono/html'
import type { TaskInputView } from '../../../api/tasks/input.ts'
import type { Html, PageContext } from '../../page.ts'
import { facts } from '../../parts/table.ts'
import { codeBlock } from '../../parts/text.ts'

const PLAIN = /^[\w@%+=:,./-]+$/

/** What a run of a task gets: command, arguments, facts, names of variables. */
export function inputSection(page: PageContext, input: TaskInputView, delivery: string): Html {
  const text = page.texts.task
  const { event, variables, leftOut } = input
  const faults = input.arguments.flatMap(({ error }) => (error === null ? [] : [error]))
  const named = Object.entries(event.facts).map(
    ([name, value]) => [name, value === null ? null : String(value)] as const,
  )
  return html`<section class="card stack">
    <h2>${text.input}</h2>
    <p class="faint">${text.inputHint}</p>
    ${faults.map(({ message }) => html`<p class="notice bad">${message}</p>`)}
    ${codeBlock(page, commandLine(input), text.command)}
    <h3>${text.facts}</h3>
    ${named.length === 0 ? html`<p class="faint">${text.noFacts}</p>` : facts(named)}
    <p><a href="/deliveries/${delivery}/payload?event=${event.id}">${text.toPayload}</a></p>
    <details>
      <summary>${text.variables(variables.length)}</summary>
      <p class="names">${variables.map((name) => html`<code>${name}</code> `)}</p>
      ${leftOut.map(({ variable, why }) => html`<p class="faint">${text.leftOut(variable, why)}</p>`)}
    </details>
  </section>`
}

/** The command as it would be typed. An argument that is not shown has the name of its param in braces. */
export function commandLine({ command, executor, arguments: given }: TaskInputView): string {
  const values = given.map(({ param, value }) => value ?? `{${param}}`)
  return [...(command ?? [executor ?? '?']), ...values].map(quote).join(' ')
}

function quote(item: string): string {
  return PLAIN.test(item) ? item : `'${item.replaceAll("'", `'\\''`)}'`
}
