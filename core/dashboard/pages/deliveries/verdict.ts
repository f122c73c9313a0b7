import { html } from 'hono/html'
import type { DeliveryView, DiagnosisView } from '../../../api/deliveries/views.ts'
import type { Html, PageContext } from '../../page.ts'
import { badge, outcomeBadge } from '../../parts/badges.ts'
import { csrfField } from '../../parts/forms.ts'
import { type Column, table } from '../../parts/table.ts'
import { copyable, number, timeAgo } from '../../parts/text.ts'

/** Which other delivery it repeats. */
export function repeats(page: PageContext, { outcome, originalId }: DeliveryView): Html | '' {
  const text = page.texts.delivery
  if (originalId === null) return ''
  const isDuplicate = outcome === 'duplicate'
  return html`<p class="notice">${isDuplicate ? text.isDuplicate : text.isReplay} <a href="/deliveries/${originalId}">${originalId}</a>${isDuplicate ? `. ${text.isDuplicateMore}` : ''}</p>`
}

/** The newest deliveries that repeat it, if any. */
export function replayCard(page: PageContext, { id, replays }: DeliveryView): Html | '' {
  const text = page.texts.delivery
  if (replays.length === 0) return ''
  const columns: readonly Column<(typeof replays)[number]>[] = [
    { heading: page.texts.common.deliveries, cell: (repeat) => repeat.id },
    {
      heading: page.texts.deliveries.outcome,
      kind: 'state',
      cell: ({ outcome }) =>
        outcome === 'accepted' ? badge('quiet', text.replayed) : outcomeBadge(page, outcome),
    },
    {
      heading: page.texts.deliveries.received,
      kind: 'time',
      cell: ({ receivedAt }) => timeAgo(page, receivedAt),
    },
  ]
  const href = (repeat: (typeof replays)[number]) => `/deliveries/${repeat.id}`
  return html`<section class="card" id="replays"><h2>${text.repeatedBy}</h2>
    ${table(replays, columns, { label: text.repeatedBy, href })}
    <p><a href="/deliveries?text=${id}">${text.allRepeats}</a></p>
  </section>`
}

/** Why a delivery was refused, and what the doctor finds. */
export function refusedCard(
  page: PageContext,
  { id, reason }: DeliveryView,
  diagnosis: DiagnosisView | null,
): Html {
  const text = page.texts.delivery
  return html`<section class="card"><h2>${text.whyRefused}</h2>
    <p><strong>${reason ?? page.texts.common.unknown}</strong></p>
    <div id="doctor">
      ${diagnosis !== null ? findings(page, diagnosis) : page.may('operator') ? doctorForm(page, id) : html`<p class="faint">${text.doctorHidden}</p>`}
    </div>
  </section>`
}

/** Sent by itself once the page is there; without the script, by its button. */
function doctorForm(page: PageContext, id: string): Html {
  const text = page.texts.delivery
  const path = `/deliveries/${id}/diagnose`
  return html`<form method="post" action="${path}" hx-post="${path}" hx-trigger="load, submit" hx-target="#doctor" hx-select="#doctor" hx-swap="outerHTML">
    ${csrfField(page)}
    <p class="faint">${text.doctorIntro}</p>
    <button class="button">${text.findOut}</button>
  </form>`
}

function findings(page: PageContext, { findings: found, tried }: DiagnosisView): Html {
  const text = page.texts.delivery
  const areTogether = found.filter(({ certainty }) => certainty === 'certain').length > 1
  const items = found.map(
    ({ certainty, message, remedy, code }) => html`<li>
      <p>${badge(certainty === 'certain' ? 'busy' : 'wait', text.certainties[certainty])} <strong>${message}</strong></p>
      <p>${remedy}</p><p class="faint">${page.texts.common.code}: ${copyable(page, code)}</p>
    </li>`,
  )
  return html`<h3>${text.doctor}</h3>
    ${areTogether ? html`<p>${text.together}</p>` : ''}
    ${found.length === 0 ? html`<p>${text.nothingFound}</p>` : html`<ul class="findings">${items}</ul>`}
    ${tried === 0 ? '' : html`<p class="faint">${text.tried(number(page, tried))}</p>`}`
}
