import { html, raw } from 'hono/html'
import type { Html } from '../page.ts'

/** Paths in a square of 16, drawn as strokes. */
const PATHS = {
  brand: 'M10.5 2.5v6a3.5 3.5 0 1 1-7 0v-1M10.5 4.5h2M3.5 7.5 2 9m1.5-1.5L5 9',
  overview: 'M2.5 13.5v-5m3.7 5V4.8m3.6 8.7V7.2m3.7 6.3v-11',
  deliveries: 'M2 9.5h3.2l1 2h3.6l1-2H14M2 9.5 4 3.5h8l2 6v4H2z',
  tasks: 'M2.5 4.2 3.6 5.3 5.6 3M2.5 11.2l1.1 1.1L5.6 10M8 4.5h6M8 11.5h6',
  errors: 'M8 2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.1',
  jobs: 'M2.5 5.5 8 2.5l5.5 3L8 8.5zM2.5 8.5l5.5 3 5.5-3M2.5 11.2l5.5 3 5.5-3',
  configuration: 'M2 4.5h7m3 0h2M2 11.5h2m3 0h7M10.5 3v3M5.5 10v3',
  playground: 'M5.5 4 2 8l3.5 4M10.5 4 14 8l-3.5 4',
  nodes: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5v.1M5 11v.1',
  audit: 'M4 2h6l2.5 2.5V14H4zM6 7h4.5M6 10h4.5',
  tokens: 'M5.5 13a3 3 0 1 1 2.2-5l5.8-5.5M11 5l2 2M5.5 10v.1',
  menu: 'M2 4h12M2 8h12M2 12h12',
  add: 'M8 3v10M3 8h10',
} as const

export type IconName = keyof typeof PATHS

/** A decoration: what it means stands beside it in words. */
export function icon(name: IconName): Html {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${raw(`<path d="${PATHS[name]}"/>`)}</svg>`
}
