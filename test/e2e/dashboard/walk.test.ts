import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingTool } from '../../requirements.ts'
import { type Look, type OpenBrowser, openBrowser, type Window } from './browser.ts'
import {
  accessFaults,
  countBytes,
  isNewTo,
  type Jump,
  jumpsOf,
  overflow,
  settled,
} from './page-checks.ts'
import { linksOf, makeToken, openSignedIn, type PostForm, pagesOf, readPage } from './pages.ts'
import { HOSTILE_ELEMENT } from './populated/hostile.ts'
import { type PopulatedService, startPopulated } from './populated/populated-service.ts'
import { hostile, send } from './populated/send.ts'
import { startSlowPages } from './slow-pages.ts'

const MAX_BYTES = 150_000
const MAX_SHIFT = 0.02
const DESKTOP = { width: 1280, language: 'en', theme: 'light' } as const
const PHONE = { width: 390, language: 'zh-CN', theme: 'dark' } as const
/** Far more than they take on a machine that does nothing else. */
const WALK_MS = 300_000

/** What an admin sees. */
interface Survey {
  readonly bytes: number
  readonly faults: readonly string[]
  readonly forms: readonly PostForm[]
  readonly headings: string
}

const missing = missingTool('chromium')

describe.skipIf(missing !== null)('every page', () => {
  let service: PopulatedService
  let browser: OpenBrowser
  let paths: readonly string[]
  let surveys: ReadonlyMap<string, Survey>
  let onPhone: ReadonlyMap<string, Survey>

  beforeAll(async () => {
    service = await startPopulated()
    await send(service.url, hostile())
    await service.calm()
    await makeToken(service, 'operator')
    paths = await pagesOf(service)
    browser = await openBrowser()
    const both = await Promise.all([DESKTOP, PHONE].map(surveyAll))
    ;[surveys = new Map(), onPhone = new Map()] = both
  }, WALK_MS)
  afterAll(async () => {
    await browser?.close()
    await service?.dispose()
  })

  async function surveyAll(look: Look): Promise<Map<string, Survey>> {
    const found = new Map<string, Survey>()
    const seen = new Set<string>()
    const { page, context, faults } = await openSignedIn(browser, service, look)
    const takeBytes = await countBytes(page)
    for (const path of paths) {
      await page.goto(service.url + path)
      await settled(page)
      const bytes = takeBytes()
      const all = [...(await faultsOf(page, look, seen)), ...faults.splice(0)]
      found.set(path, { bytes, faults: all, ...(await readPage(page)) })
    }
    await context.close()
    return found
  }

  it(`has no fault, and weighs at most ${MAX_BYTES / 1000} kB with all that it loads`, () => {
    expect(faultsByPath(surveys, ({ faults }) => faults)).toEqual({})
    expect(faultsByPath(surveys, ({ bytes }) => (bytes > MAX_BYTES ? [bytes] : []))).toEqual({})
    expect(Math.min(...[...surveys.values()].map(({ bytes }) => bytes))).toBeGreaterThan(5000)
  })

  it('has no fault in Chinese, in the dark, on a phone', () => {
    expect(onPhone.size).toBe(paths.length)
    expect(faultsByPath(onPhone, ({ faults }) => faults)).toEqual({})
  })

  it(
    'moves nothing where a page comes in slowly',
    async () => {
      const slow = await startSlowPages(service.url)
      const { page, context } = await openSignedIn(browser, slow, DESKTOP)
      const jumps: Record<string, unknown> = {}
      const delivery = paths.find((path) => path.startsWith('/deliveries/dlv_')) ?? ''
      const form = '/configuration/programs/new?use=subprocess'
      for (const path of ['/', delivery, form, '/connect/shop', '/playground']) {
        await page.goto(slow.url + path)
        await settled(page)
        const found = await jumpsOf(page)
        if (sumOf(found) >= MAX_SHIFT) jumps[path] = found
      }
      await context.close()
      slow.close()
      expect(delivery).not.toBe('')
      expect(jumps).toEqual({})
    },
    WALK_MS,
  )

  it('is no wider than its window until a chart is drawn anew', async () => {
    const { page, context } = await openSignedIn(browser, service, PHONE)
    await page.goto(`${service.url}/?span=7d`)
    await settled(page)
    const width =
      "document.querySelectorAll('.uplot').forEach(({ style }) => { style.width = '900px' })"
    await page.evaluate(width)
    expect(
      await page
        .locator('.uplot')
        .first()
        .evaluate(({ clientWidth }) => clientWidth),
    ).toBe(900)
    expect(await overflow(page)).toBe(0)
    await context.close()
  })

  it(
    'says the same without scripts, with its navigation open',
    async () => {
      const { page, context } = await openSignedIn(browser, service, DESKTOP)
      await page.goto(`${service.url}/nodes`)
      const headings = new Map<string, string>()
      for (const path of paths) headings.set(path, (await readPage(page, path)).headings)
      const expected = [...surveys].map(([path, survey]) => [path, survey.headings] as const)
      expect(Object.fromEntries(headings)).toEqual(Object.fromEntries(expected))
      await context.close()

      const look = { ...DESKTOP, width: 390, scripts: false } as const
      const plain = await openSignedIn(browser, service, look)
      for (const path of ['/tasks', '/playground', '/configuration/rules/refunds/edit']) {
        await plain.page.goto(service.url + path)
        const shown = await plain.page.locator('main :is(h1, h2)').allTextContents()
        expect(shown.join(' | ')).toBe(surveys.get(path)?.headings)
        expect(await plain.page.locator('nav a').first().isVisible()).toBe(true)
      }
      await plain.context.close()
    },
    WALK_MS,
  )

  it(
    'shows a viewer no action, and refuses each that an admin has',
    async () => {
      const token = await makeToken(service, 'viewer')
      const { page, context } = await openSignedIn(browser, service, DESKTOP, token)
      await page.goto(`${service.url}/nodes`)
      const shown = new Set<string>()
      for (const path of paths) {
        for (const { action } of (await readPage(page, path)).forms) shown.add(action)
      }
      expect([...shown]).toEqual(['/sign-in/out'])

      const { csrf } = await (await context.request.get(`${service.url}/api/session`)).json()
      const all = [...surveys.values()].flatMap((survey) => survey.forms)
      const answers: Record<string, number> = {}
      for (const { action, fields } of all) {
        if (shown.has(action) || action in answers) continue
        const form = { ...fields, csrf }
        const headers = { 'sec-fetch-site': 'same-origin' }
        const options = { form, headers }
        answers[action] = (await context.request.post(service.url + action, options)).status()
      }
      await context.close()
      expect(Object.keys(answers).length).toBeGreaterThan(0)
      expect(Object.entries(answers).filter(([, status]) => status !== 403)).toEqual([])
    },
    WALK_MS,
  )

  it(
    'can be used by keyboard alone',
    async () => {
      const { page, context, faults } = await openSignedIn(browser, service, DESKTOP)
      const focused = () => page.evaluate<string>(FOCUSED)
      await page.goto(`${service.url}/tasks`)
      await page.keyboard.press('Tab')
      expect(await focused()).toContain('Skip to content')
      await page.keyboard.press('Enter')
      expect(await focused()).toMatch(/^main /)
      for (const key of ['j', 'j', 'k', 'j']) await page.keyboard.press(key)
      const row = page.locator('[data-row]').nth(1)
      expect(await row.evaluate((element) => element === element.ownerDocument.activeElement)).toBe(
        true,
      )
      await page.keyboard.press('?')
      expect(await page.getByRole('dialog').isVisible()).toBe(true)
      await page.keyboard.press('Escape')
      expect(await page.getByRole('dialog').count()).toBe(0)
      await page.keyboard.press('/')
      await page.keyboard.type('?j/k')
      const search = page.locator('[data-search]:focus')
      expect(await search.inputValue()).toBe('?j/k')
      await search.fill('')

      await page.goto(`${service.url}/tasks`)
      const seen: string[] = []
      for (let index = 0; index < 40; index++) {
        await page.keyboard.press('Tab')
        seen.push(await focused())
      }
      expect(seen.filter((text) => text.includes('no outline'))).toEqual([])
      expect(new Set(seen).size).toBeGreaterThan(20)
      await context.close()
      expect(faults).toEqual([])
    },
    WALK_MS,
  )
})

/** What has the focus, and whether it shows it. */
const FOCUSED = `(() => {
  const { activeElement: element } = document
  const { outlineStyle, outlineWidth } = getComputedStyle(element)
  const isOutlined = outlineStyle !== 'none' && outlineWidth !== '0px'
  const text = element.textContent.trim() || element.name
  return [element.localName, text.slice(0, 40), isOutlined ? '' : 'no outline'].join(' ')
})()`

async function faultsOf(
  page: Window['page'],
  look: Look,
  seen: Set<string>,
): Promise<readonly string[]> {
  const { language, width } = look
  const jumps = await jumpsOf(page)
  // What stands around the content is the same on every page.
  const within = seen.size === 0 ? 'html' : 'main'
  const faults = (await isNewTo(seen, page))
    ? [...(await accessFaults(page, { within, onlyLooks: look !== DESKTOP }))]
    : []
  const shift = sumOf(jumps)
  if (shift >= MAX_SHIFT) faults.push(`it jumped by ${shift.toFixed(3)}: ${JSON.stringify(jumps)}`)
  for (const size of [DESKTOP, PHONE].map(({ width }) => width)) {
    await page.setViewportSize({ width: size, height: 800 })
    const wider = await overflow(page)
    if (wider > 0) faults.push(`it is wider than ${size} px, by ${wider} px`)
  }
  await page.setViewportSize({ width, height: 800 })
  if ((await page.locator(HOSTILE_ELEMENT).count()) > 0) faults.push('it shows text as HTML')
  const shown = await page.locator('html').getAttribute('lang')
  if (shown !== language) faults.push(`it is in ${shown}`)
  for (const link of await linksOf(page)) {
    if (!/^https?:/.test(link)) faults.push(`it links to ${link}`)
  }
  return faults
}

function sumOf(jumps: readonly Jump[]): number {
  return jumps.reduce((sum, { value }) => sum + value, 0)
}

/** Only the pages with faults, so that a failed test shows nothing else. */
function faultsByPath<Found>(
  found: ReadonlyMap<string, Found>,
  of: (found: Found) => readonly unknown[],
): Readonly<Record<string, readonly unknown[]>> {
  const all = [...found].map(([path, one]) => [path, of(one)] as const)
  return Object.fromEntries(all.filter(([, faults]) => faults.length > 0))
}
