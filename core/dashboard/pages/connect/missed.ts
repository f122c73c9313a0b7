import { html } from 'hono/html'
import type { FeedView } from '../../../api/catch-up/views.ts'
import { withRemedy } from '../../../errors/with-remedy.ts'
import type { Html, PageContext } from '../../page.ts'
import { badge } from '../../parts/badges.ts'
import { actionButton } from '../../parts/forms.ts'
import { table } from '../../parts/table.ts'
import { number, timeAgo } from '../../parts/text.ts'

const TONES = { current: 'good', pending: 'quiet', asking: 'busy', faulty: 'bad' } as const

/** What is known about deliveries of a source that did not arrive; nothing if its provider does not tell them. */
export async function missedPart(page: PageContext, source: string): Promise<Html | ''> {
  const text = page.texts.connect
  const { feeds } = await page.api.get<{ feeds: readonly FeedView[] }>('/api/catch-up')
  const own = feeds.filter((feed) => feed.source === source)
  if (own.length === 0) return ''
  const shown = table(
    own,
    [
      { heading: text.target, cell: ({ target }) => target },
      { heading: text.state, cell: ({ state }) => badge(TONES[state], text.missedStates[state]) },
      {
        heading: text.recovered,
        kind: 'number',
        cell: ({ recovered }) => number(page, recovered),
      },
      {
        ...{ heading: text.missedFault, kind: 'wide' },
        cell: ({ fault }) => (fault === null ? '' : withRemedy(fault)),
      },
      {
        heading: text.checked,
        cell: ({ succeededAt }) => (succeededAt === null ? '' : timeAgo(page, succeededAt)),
      },
    ],
    { label: text.missed, id: ({ target }) => target },
  )
  const action = `/connect/${encodeURIComponent(source)}/catch-up`
  const ask = page.may('operator') ? actionButton(page, { action, label: text.askMissed }) : ''
  return html`<section><h2 id="missed">${text.missed}</h2>${shown}${ask}</section>`
}
