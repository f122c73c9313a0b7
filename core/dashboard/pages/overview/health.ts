import { html } from 'hono/html'
import type { Html, PageContext } from '../../page.ts'
import { duration, number, timeAgo } from '../../parts/text.ts'
import { type OverviewData, UNAPPROVED_SHOWN } from './data.ts'

/** A queue that is late for less time catches up by itself. */
const LATE_SECONDS = 60

interface Concern {
  readonly text: Html | string
  readonly href: string
}

/** One line if all is well. Else what is not, each leading to the page where it is mended. */
export function healthOf(page: PageContext, data: OverviewData): Html {
  const text = page.texts.overview
  const concerns = concernsOf(page, data)
  if (concerns.length === 0) {
    return html`<p class="notice good health"><strong>${text.well}</strong> ${text.wellText}</p>`
  }
  const items = concerns.map((one) => html`<li><a href="${one.href}">${one.text}</a></li>`)
  return html`<section class="notice bad health"><h2>${text.attention}</h2><ul>${items}</ul></section>`
}

function concernsOf(page: PageContext, data: OverviewData): readonly Concern[] {
  const text = page.texts.overview
  const { stats, pauses, nodes, unserved, registrations, feeds, isConfigFaulty, span, tunnel } =
    data
  const { dead } = stats.totals
  const { lateSeconds } = stats.queue
  const concerns: Concern[] = []
  if (isConfigFaulty) concerns.push({ text: text.configFault, href: '/configuration' })
  if (tunnel?.state === 'down') {
    concerns.push({ text: text.tunnelDown(tunnel.fault?.message ?? ''), href: '/nodes' })
  }
  if (dead.value > 0) {
    const href = `/errors?since=${span}`
    concerns.push({ text: text.deadTasks(number(page, dead.value)), href })
  }
  if (lateSeconds >= LATE_SECONDS) {
    const href = '/tasks?state=waiting'
    concerns.push({ text: text.late(duration(lateSeconds * 1000)), href })
  }
  for (const { id, program } of data.unapproved.slice(0, UNAPPROVED_SHOWN)) {
    concerns.push({ text: page.texts.task.approvalTitle(program), href: `/tasks/${id}` })
  }
  if (data.unapproved.length > UNAPPROVED_SHOWN) {
    concerns.push({ text: text.moreUnapproved, href: '/tasks?approval=pending' })
  }
  for (const { kind, name, by, reason, since } of pauses) {
    const paused =
      by === 'breaker'
        ? `${text.broken(name)} ${reason ?? ''}`
        : text.paused(text.kinds[kind], name)
    concerns.push({
      text: html`${paused} ${timeAgo(page, since)}`,
      href: '/configuration#paused',
    })
  }
  for (const { source, target, fault } of feeds) {
    const href = `/connect/${encodeURIComponent(source)}#missed`
    if (fault !== null) concerns.push({ text: text.unasked(source, target), href })
  }
  for (const { source, target, fault } of registrations) {
    const href = `/connect/${encodeURIComponent(source)}#registrations`
    if (fault !== null) concerns.push({ text: text.unregistered(source, target), href })
  }
  for (const { program } of unserved) {
    concerns.push({ text: text.unserved(program), href: '/nodes' })
  }
  for (const { name, live, draining } of nodes) {
    if (!live && !draining) concerns.push({ text: text.goneNode(name), href: '/nodes' })
  }
  return concerns
}
