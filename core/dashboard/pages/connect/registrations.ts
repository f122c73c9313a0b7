import { html } from 'hono/html'
import { ApiProblem } from '../../../api/api-calls.ts'
import type { RegistrationView } from '../../../api/registrations/views.ts'
import { withRemedy } from '../../../errors/with-remedy.ts'
import type { RegistrationResult } from '../../../registration/act.ts'
import type { OpenSource } from '../../../registration/registrations.ts'
import type { Html, PageContext } from '../../page.ts'
import { badge } from '../../parts/badges.ts'
import { actionButton, csrfField, textField } from '../../parts/forms.ts'
import { table } from '../../parts/table.ts'
import { timeAgo } from '../../parts/text.ts'

const TONES = {
  registered: 'good',
  pending: 'quiet',
  faulty: 'bad',
  removed: 'quiet',
  left: 'quiet',
} as const

interface Registrations {
  readonly registrations: readonly RegistrationView[]
  readonly open: readonly OpenSource[]
}

/** Registers a target, or removes one. Gives what went wrong; null: nothing. */
export async function changeRegistration(
  { api }: PageContext,
  source: string,
  { action, target = '', events = '' }: Readonly<Record<string, string | undefined>>,
): Promise<string | null> {
  const names = events.split(/[\s,]+/).filter((name) => name !== '')
  const body = {
    action: action === 'unregister' ? action : 'register',
    source,
    targets: [target],
    ...(names.length > 0 && { events: names }),
  }
  try {
    const answer = await api.send<{ results: readonly RegistrationResult[] }>(
      'POST',
      '/api/registrations',
      body,
    )
    const fault = answer.results[0]?.fault ?? null
    return fault && withRemedy(fault)
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.problem.status >= 500) throw error
    return withRemedy({ message: error.problem.detail, remedy: error.problem.remedy })
  }
}

/** The webhooks of a source at its provider, and a form that adds one; nothing if it registers none. */
export async function registrationsPart(page: PageContext, source: string): Promise<Html | string> {
  const text = page.texts.connect
  const { registrations, open } = await page.api.get<Registrations>('/api/registrations')
  const own = registrations.filter((one) => one.source === source)
  const forms = open.find((one) => one.source === source)?.forms
  if (own.length === 0 && forms === undefined) return ''
  const action = `/connect/${encodeURIComponent(source)}/registrations`
  const removal = ({ target, addedByHand }: RegistrationView) => {
    if (!addedByHand) return ''
    if (!page.may('operator')) return text.byHand
    const values = { action: 'unregister', target }
    return actionButton(page, { action, label: text.remove, kind: 'small', values })
  }
  const shown = table(
    own,
    [
      { heading: text.target, cell: ({ target }) => target },
      { heading: text.state, cell: ({ state }) => badge(TONES[state], text.states[state]) },
      {
        ...{ heading: text.type, kind: 'wide' },
        cell: ({ events, fault }) => (fault === null ? events.join(', ') : withRemedy(fault)),
      },
      {
        heading: text.checked,
        cell: ({ checkedAt }) => (checkedAt === null ? '' : timeAgo(page, checkedAt)),
      },
      ...(own.some(({ addedByHand }) => addedByHand)
        ? [{ heading: text.byHand, cell: removal }]
        : []),
    ],
    { label: text.registrations, id: ({ target }) => target },
  )
  const add =
    forms === undefined || !page.may('operator')
      ? ''
      : html`<form method="post" action="${action}" class="filters">
          ${csrfField(page)}
          ${textField({ name: 'target', label: text.target, placeholder: forms.join(', ') })}
          ${textField({ name: 'events', label: text.type, placeholder: text.ruledTypes })}
          <button class="button">${text.addTarget}</button>
        </form>`
  return html`<section><h2 id="registrations">${text.registrations}</h2>${own.length === 0 ? '' : shown}${add}</section>`
}
