import { html } from 'hono/html'
import type { RegistrationView } from '../../../api/registrations/views.ts'
import type { Html, PageContext } from '../../page.ts'
import { badge } from '../../parts/badges.ts'
import { table } from '../../parts/table.ts'
import { timeAgo } from '../../parts/text.ts'

const TONES = {
  registered: 'good',
  pending: 'quiet',
  faulty: 'bad',
  removed: 'quiet',
  left: 'quiet',
} as const

export async function loadRegistrations({
  api,
}: PageContext): Promise<readonly RegistrationView[]> {
  const { registrations } = await api.get<{ registrations: readonly RegistrationView[] }>(
    '/api/registrations',
  )
  return registrations
}

/** The webhooks of a source at its provider; nothing if it registers none. */
export async function registrationsPart(page: PageContext, source: string): Promise<Html | string> {
  const text = page.texts.connect
  const own = (await loadRegistrations(page)).filter((one) => one.source === source)
  if (own.length === 0) return ''
  const shown = table(
    own,
    [
      { heading: text.target, cell: ({ target }) => target },
      { heading: text.state, cell: ({ state }) => badge(TONES[state], text.states[state]) },
      {
        ...{ heading: text.type, kind: 'wide' },
        cell: ({ events, fault }) =>
          fault === null ? events.join(', ') : `${fault.message} ${fault.remedy}`,
      },
      {
        heading: text.checked,
        cell: ({ checkedAt }) => (checkedAt === null ? '' : timeAgo(page, checkedAt)),
      },
    ],
    { label: text.registrations, id: ({ target }) => target },
  )
  return html`<section><h2 id="registrations">${text.registrations}</h2>${shown}</section>`
}
