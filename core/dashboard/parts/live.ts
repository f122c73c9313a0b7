import { html } from 'hono/html'
import type { Html, PageContext } from '../page.ts'

/** What the server tells of: see `/api/events`. */
export type LiveEvent = 'delivery' | 'task' | 'pause' | 'job' | 'node' | 'stats' | 'config'

/**
 * A part of a page that is asked for again when one of these things changes, at most every two seconds. Only what
 * differs is replaced, so that focus, selection and scroll position stay. `path` answers with the part alone; by default
 * it is taken from the whole page.
 */
export function live(
  { context }: PageContext,
  id: string,
  events: readonly LiveEvent[],
  content: Html,
  path?: string,
): Html {
  const { pathname, search } = new URL(context.req.url)
  const trigger = ['sync', ...events].map((event) => `${event} from:body throttle:2s`).join(', ')
  return html`<div id="${id}" hx-get="${path ?? pathname + search}" hx-trigger="${trigger}" hx-select="#${id}" hx-swap="outerMorph">${content}</div>`
}
