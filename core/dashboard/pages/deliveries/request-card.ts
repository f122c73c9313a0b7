import { html } from 'hono/html'
import type { DeliveryView } from '../../../api/deliveries/views.ts'
import { visible } from '../../../kit/visible.ts'
import { REDACTED } from '../../../redaction/redacted.ts'
import type { Html, PageContext } from '../../page.ts'
import { badge } from '../../parts/badges.ts'
import { indentJson, isJsonText } from '../../parts/json-text.ts'
import { facts } from '../../parts/table.ts'
import { bytes, codeBlock, number, timeAt } from '../../parts/text.ts'
import { deliveryApi, SHOWN_LENGTH, type ShownText } from './load.ts'

/** The request as it came: head, headers and body. */
export function requestCard(
  page: PageContext,
  delivery: DeliveryView,
  body: ShownText | null,
): Html {
  const text = page.texts.delivery
  const { method, path, client, receivedAt, headers } = delivery
  const names = Object.entries(headers)
  const masked = badge('quiet', text.masked)
  return html`<div class="columns" id="request"><section class="card"><h2>${text.request}</h2>
    ${facts([
      [text.method, html`<code>${method} ${path}</code>`],
      [text.client, client ?? page.texts.common.unknown],
      [text.received, timeAt(page, receivedAt)],
    ])}
    <h3>${text.headers(names.length)}</h3>
    ${facts(names.map(([name, value]) => [name, value === REDACTED ? masked : html`<code>${value}</code>`]))}
  </section><section class="card"><h2>${text.body}</h2>${bodyPart(page, delivery, body)}</section></div>`
}

function bodyPart(page: PageContext, delivery: DeliveryView, body: ShownText | null): Html {
  const text = page.texts.delivery
  const { id, bodyBytes, outcome, originalId, headers } = delivery
  const whole = `${deliveryApi(id)}/body`
  if (bodyBytes === 0) {
    if (outcome === 'duplicate' && originalId !== null) {
      return html`<p class="faint">${text.bodyOfFirst} <a href="/deliveries/${originalId}#request">${originalId}</a></p>`
    }
    return html`<p class="faint">${outcome === 'refused' ? text.bodyNone : text.bodyEmpty}</p>`
  }
  if (body === null) return html`<p class="faint">${text.bodyHidden(bytes(bodyBytes))}</p>`
  const download = html`<a class="button small" href="${whole}" download>${text.download(bytes(bodyBytes))}</a>`
  if (body.isBinary) return html`<p class="faint">${text.bodyBinary}</p><p>${download}</p>`
  return html`${textBlock(page, body, { label: text.body, contentType: headers['content-type'] })}<p>${download}</p>`
}

/** A body or payload for people to read, with its raw form below. */
export function textBlock(
  page: PageContext,
  { text: raw, isCut }: ShownText,
  { label, contentType }: { readonly label: string; readonly contentType?: string | undefined },
): Html {
  const text = page.texts.delivery
  const readable = readableText(raw, isCut, contentType)
  const shown = codeBlock(page, visible(readable ?? raw), label)
  return html`${isCut ? html`<p class="notice">${text.cut(number(page, SHOWN_LENGTH))}</p>` : ''}${shown}
    ${readable === null ? '' : html`<details><summary>${text.raw}</summary>${codeBlock(page, raw, text.raw)}</details>`}
    ${raw.includes(REDACTED) ? html`<p class="faint">${text.redacted}</p>` : ''}`
}

/** Null if the text is best read as it is. */
function readableText(raw: string, isCut: boolean, contentType = ''): string | null {
  if (isJsonText(raw, isCut)) return indentJson(raw)
  if (!/^application\/x-www-form-urlencoded\b/i.test(contentType)) return null
  return [...new URLSearchParams(raw)].map(([name, value]) => `${name} = ${value}`).join('\n')
}
