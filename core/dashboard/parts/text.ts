import { html } from 'hono/html'
import type { Html, PageContext } from '../page.ts'

const STEPS = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const

interface Formats {
  readonly times: Intl.RelativeTimeFormat
  readonly exact: Intl.DateTimeFormat
  readonly numbers: Intl.NumberFormat
}

const formats = new Map<string, Formats>()

/** A list has a number or a time in each cell, and a format takes longer to make than to use. */
function formatsOf(language: string): Formats {
  const known = formats.get(language)
  if (known !== undefined) return known
  const times = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })
  const exact = new Intl.DateTimeFormat(language, {
    dateStyle: 'medium',
    timeStyle: 'long',
    timeZone: 'UTC',
  })
  const made = { times, exact, numbers: new Intl.NumberFormat(language) }
  formats.set(language, made)
  return made
}

/** A time as "3 minutes ago", with the exact one as its title. The script keeps it up to date. */
export function timeAgo(page: PageContext, iso: string | null): Html {
  if (iso === null) return html`<span class="faint">–</span>`
  return html`<time datetime="${iso}" title="${iso}" data-ago>${relativeTime(page, iso)}</time>`
}

/** An exact time. The script shows it in the time zone of the browser, in the same form, so that nothing moves. */
export function timeAt({ texts }: Pick<PageContext, 'texts'>, iso: string): Html {
  const time = Date.parse(iso)
  if (Number.isNaN(time)) return html`${iso}`
  return html`<time datetime="${iso}" data-at>${formatsOf(texts.common.htmlLanguage).exact.format(time)}</time>`
}

function relativeTime({ texts }: PageContext, iso: string): string {
  const { times: format } = formatsOf(texts.common.htmlLanguage)
  const seconds = (Date.parse(iso) - Date.now()) / 1000
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit)
  }
  return format.format(Math.trunc(seconds), 'second')
}

/** A duration such as "340 ms", "12.3 s", "4 min 5 s" or "10 min". */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return twoUnits([Math.floor(seconds / 60), 'min'], [seconds % 60, 's'])
  const minutes = Math.round(seconds / 60)
  if (minutes < 1440) return twoUnits([Math.floor(minutes / 60), 'h'], [minutes % 60, 'min'])
  return twoUnits([Math.floor(minutes / 1440), 'd'], [Math.floor((minutes % 1440) / 60), 'h'])
}

function twoUnits(large: readonly [number, string], small: readonly [number, string]): string {
  return small[0] === 0 ? large.join(' ') : `${large.join(' ')} ${small.join(' ')}`
}

/** A size such as "312 B", "4.1 kB" or "2.3 MB". */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)} kB`
  return `${(count / 1_000_000).toFixed(1)} MB`
}

/** A number with the separators of the page's language. */
export function number({ texts }: PageContext, value: number): string {
  return formatsOf(texts.common.htmlLanguage).numbers.format(value)
}

/** A name with dots, which goes on in the next line after a dot. */
export function dotted(name: string): Html {
  const [first = '', ...others] = name.split('.')
  return html`${first}${others.map((part) => html`.<wbr>${part}`)}`
}

/** A text in the fixed-width font that a click copies. */
export function copyable({ texts }: PageContext, text: string): Html {
  return html`<button type="button" class="copyable" data-copy="${text}" title="${texts.common.copy}">${text}</button>`
}

/** A block of text, such as JSON or a command, with a button that copies it. */
export function codeBlock({ texts }: PageContext, text: string, label: string): Html {
  return html`<div class="code">
    <button type="button" class="button small" data-copy="${text}">${texts.common.copy}</button>
    <pre tabindex="0" role="region" aria-label="${label}"><code>${text}</code></pre>
  </div>`
}

/** A text with `code` in it, as plugins and config schemas have it. */
export function withCode(text: string): Html {
  const parts = text.split('`')
  return html`${parts.map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : part))}`
}

/** JSON as people read it. A text that is no JSON stays as it is. */
export function prettyJson(value: unknown): string {
  return JSON.stringify(value, null, 2) ?? ''
}
