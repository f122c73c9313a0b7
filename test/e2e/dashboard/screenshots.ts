import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../service.ts'
import { openBrowser } from './browser.ts'
import { openSignedIn } from './pages.ts'
import { startPopulated } from './populated/populated-service.ts'

const FOLDER = join(import.meta.dirname, '../../../docs/images')
const PAST = 1600
const HEIGHT = 640
/** Decides on the newest order. */
const CONDITION = "payload.total > 100 && customer == 'Ada'"
const MAX_BYTES = 150_000
/** The past is counted in the background. */
const COUNTED_SECONDS = 300
/** Charts and what comes a moment later are drawn by then. */
const SETTLE_MS = 2000

type Counted = 'accepted' | 'refused' | 'succeeded' | 'dead'
type Stats = { readonly totals: Readonly<Record<Counted, { readonly value: number }>> }

/** Writes the pictures in `docs/images`: `node test/e2e/dashboard/screenshots.ts`. */
async function takeScreenshots(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  const service = await startPopulated({ past: PAST })
  const browser = await openBrowser()
  try {
    const isCounted = ({ totals }: Stats) =>
      totals.accepted.value + totals.refused.value > PAST * 0.95 &&
      totals.succeeded.value + totals.dead.value > PAST * 0.85
    await until(() => service.get<Stats>('/api/stats?since=24h'), isCounted, COUNTED_SECONDS)
    const delivery = await service.deliveryOf('shop.order')
    const shots = [
      ['overview-light', '/', 900],
      ['overview-dark', '/', 900],
      ['deliveries', '/deliveries'],
      ['delivery', `/deliveries/${delivery}`, 900],
      ['task', `/tasks/${await service.taskOf('run-tests')}`, 1000],
      ['errors', '/errors'],
      ['playground', `/playground?${new URLSearchParams({ delivery, when: CONDITION })}`],
      ['connect', '/connect/new/github'],
    ] as const
    for (const [name, path, height = HEIGHT] of shots) {
      const theme = name.endsWith('-dark') ? 'dark' : 'light'
      const look = { width: 1280, language: 'en', theme } as const
      const { context, page } = await openSignedIn(browser, service, look)
      await page.setViewportSize({ width: 1280, height })
      await page.goto(service.url + path)
      await page.waitForTimeout(SETTLE_MS)
      const file = join(FOLDER, `${name}.png`)
      await page.screenshot({ path: file })
      await context.close()
      const { size } = statSync(file)
      if (size > MAX_BYTES) throw new Error(`${file} has ${size} bytes, ${MAX_BYTES} are allowed`)
      console.log(file, size)
    }
  } finally {
    await browser.close()
    await service.dispose()
  }
}

await takeScreenshots()
