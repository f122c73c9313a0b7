import { html } from 'hono/html'
import type { DiagnosisView } from '../../../api/deliveries/views.ts'
import { layout } from '../../layout.ts'
import type { Html, PageContext } from '../../page.ts'
import { outcomeBadge } from '../../parts/badges.ts'
import { actionButton } from '../../parts/forms.ts'
import { copyable } from '../../parts/text.ts'
import { eventCards, payloadApi } from './event-card.ts'
import { deliveryApi, type Loaded, loadDelivery, loadText } from './load.ts'
import { overview } from './overview.ts'
import { requestCard, textBlock } from './request-card.ts'
import { reuseCard } from './reuse-card.ts'
import { refusedCard, repeats, replayCard } from './verdict.ts'

/** `/deliveries/ID`: what came, whether it was verified, what was decided, what ran. */
export async function deliveryPage(
  page: PageContext,
  id: string,
  diagnosis: DiagnosisView | null = null,
): Promise<Html> {
  const [loaded, body] = await Promise.all([
    loadDelivery(page, id),
    loadText(page, `${deliveryApi(id)}/body?`),
  ])
  const { delivery } = loaded
  const [first] = delivery.events
  return layout(page, {
    title: first === undefined ? delivery.source : `${delivery.source}.${first.type}`,
    section: 'deliveries',
    above: html`<a href="/deliveries">${page.texts.common.deliveries}</a> / ${copyable(page, delivery.id)}`,
    beside: html`${outcomeBadge(page, delivery.outcome, delivery.recovered)}${actions(page, loaded)}`,
    body: html`${repeats(page, delivery)}${overview(page, loaded)}
      ${delivery.outcome === 'refused' ? refusedCard(page, delivery, diagnosis) : ''}
      ${eventCards(page, loaded)}
      ${replayCard(page, delivery)}
      ${requestCard(page, delivery, body)}
      ${reuseCard(page, loaded, body)}`,
  })
}

/** The part that changes while tasks run. */
export async function deliveryNow(page: PageContext, id: string): Promise<Html> {
  return overview(page, await loadDelivery(page, id))
}

/** `/deliveries/ID/payload?event=`: the payload of one event. */
export async function payloadPage(page: PageContext, id: string): Promise<Html> {
  const text = page.texts.delivery
  const event = page.context.req.query('event') ?? ''
  const payload = await loadText(page, payloadApi(id, event))
  const download = html`<p><a class="button small" href="${payloadApi(id, event)}" download>${text.downloadAll}</a></p>`
  return layout(page, {
    title: text.payload,
    section: 'deliveries',
    above: html`<a href="/deliveries">${page.texts.common.deliveries}</a> / <a href="/deliveries/${encodeURIComponent(id)}?event=${encodeURIComponent(event)}">${id}</a>`,
    body: html`<div id="payload">${payload === null ? html`<p class="faint">${text.payloadHidden}</p>` : html`${textBlock(page, payload, { label: text.payload })}${download}`}</div>`,
  })
}

function actions(page: PageContext, { delivery, source, tasks }: Loaded): Html | '' {
  const text = page.texts.delivery
  const { id, outcome, method } = delivery
  const isReplayable = outcome === 'accepted' && method !== 'RUN' && source?.url != null
  if (!isReplayable || !page.may('operator')) return ''
  return actionButton(page, {
    action: `/deliveries/${id}/replay`,
    label: text.replay,
    title: text.replayTitle,
    confirm: text.replayConfirm(tasks.length),
  })
}
