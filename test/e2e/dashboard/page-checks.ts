import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** Rules on how a page looks. All others find the same in every look. */
const RULES_OF_LOOKS = ['color-contrast', 'target-size', 'scrollable-region-focusable']

/**
 * What keeps people with disabilities from using a page, as axe-core finds it: WCAG 2.2 A and AA, and best practices. With
 * `onlyLooks`, only what depends on the size of the window and its colours.
 */
export async function accessFaults(
  page: Page,
  { within = 'html', onlyLooks = false }: { within?: 'html' | 'main'; onlyLooks?: boolean } = {},
): Promise<readonly string[]> {
  if (!(await page.evaluate<boolean>(`'axe' in globalThis`))) await page.evaluate(AXE)
  const runOnly = onlyLooks ? RULES_OF_LOOKS : TAGS
  const options = { runOnly, resultTypes: ['violations'], preload: false }
  const { violations } = await page.evaluate<AxeResults>(
    `axe.run('${within}', ${JSON.stringify(options)})`,
  )
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(
      ({ html, failureSummary }) => `${id} (${help}): ${html.slice(0, 300)} ${failureSummary}`,
    ),
  )
}

/** Whether a page has a kind of element that no page before it had: only then is there more to find with axe-core. */
export async function isNewTo(seen: Set<string>, page: Page): Promise<boolean> {
  const kinds = await page.evaluate<string[]>(
    "[...document.querySelectorAll('body *')].map((element) => [element.localName, element.className, element.getAttribute('role')].join(' '))",
  )
  const before = seen.size
  for (const kind of kinds) seen.add(kind)
  return seen.size > before
}

/** Waits until a page is drawn with all that it asks for when it is opened. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    await document.fonts.ready
    while (document.querySelector('.htmx-request') !== null) await frame()
    await frame()
    await frame()
    function frame() { return new Promise((resolve) => requestAnimationFrame(resolve)) }
  })()`)
}

/** By how many pixels a page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(
    'document.documentElement.scrollWidth - document.documentElement.clientWidth',
  )
}

/** A part of a page that was drawn at another place than before. */
export interface Jump {
  /** How much of the window moved how far: a part of the "cumulative layout shift" of browsers. */
  readonly value: number
  readonly what: readonly string[]
}

/** What has jumped since a page was opened, without anybody's doing. */
export function jumpsOf(page: Page): Promise<readonly Jump[]> {
  return page.evaluate('jumps')
}

/** Counts all that the pages of a window load from now on, past its cache: bytes as they are sent, with headers. */
export async function countBytes(page: Page): Promise<() => number> {
  const session = await page.context().newCDPSession(page)
  let bytes = 0
  session.on('Network.dataReceived', ({ encodedDataLength }) => {
    bytes += encodedDataLength
  })
  session.on('Network.responseReceived', ({ response }) => {
    bytes += response.encodedDataLength
  })
  await session.send('Network.enable')
  await session.send('Network.setCacheDisabled', { cacheDisabled: true })
  return () => {
    const counted = bytes
    bytes = 0
    return counted
  }
}
