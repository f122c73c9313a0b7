import { html } from 'hono/html'
import type { TaskView } from '../../../api/tasks/views.ts'
import type { Html, PageContext } from '../../page.ts'
import { actionButton } from '../../parts/forms.ts'
import { facts } from '../../parts/table.ts'
import { timeAgo } from '../../parts/text.ts'

interface ShownApproval {
  readonly by: readonly string[]
  readonly ruleGone: boolean
  readonly mayDecide: boolean
  readonly event: {
    readonly source: string
    readonly type: string
    readonly facts: Readonly<Record<string, unknown>>
  }
  readonly digest: string
}

/** What is to be approved, with the two answers for those who may give one. Nothing for a task that waits for none. */
export async function approvalPart(page: PageContext, task: TaskView): Promise<Html | ''> {
  if (task.approval?.state !== 'pending') return ''
  const text = page.texts.task
  const path = `/tasks/${encodeURIComponent(task.id)}`
  const shown = await page.api.get<ShownApproval>(`/api${path}/approval`)
  const given = Object.entries(shown.event.facts).filter(([, value]) => value !== null)
  const values = { digest: shown.digest }
  const answers = html`<div class="row">
    ${actionButton(page, { action: `${path}/approve`, label: text.approve, kind: 'primary', values })}
    ${actionButton(page, { action: `${path}/reject`, label: text.reject, confirm: text.rejectConfirm, kind: 'danger', values })}
  </div>`
  return html`<section class="card stack" id="approval">
    <h2>${text.approvalTitle(task.program)}</h2>
    <p>${shown.ruleGone ? text.approvalRuleGone : text.approvalBy(shown.by.join(', '))} ${text.approvalUntil} ${timeAgo(page, task.approval.until)}</p>
    <h3><code>${shown.event.source}.${shown.event.type}</code></h3>
    ${facts(given.map(([name, value]) => [name, html`<code>${String(value)}</code>`]))}
    ${shown.mayDecide ? answers : html`<p class="faint">${text.mayNotApprove}</p>`}
  </section>`
}

/** What became of the approval of a task. */
export function approvalText(
  page: PageContext,
  { state, until, decidedBy, decidedAt }: NonNullable<TaskView['approval']>,
): Html {
  const word = page.texts.task.approvals[state]
  const at = state === 'pending' ? until : decidedAt
  return html`${word}${decidedBy === null ? '' : html` (${decidedBy})`} ${at === null ? '' : timeAgo(page, at)}`
}
