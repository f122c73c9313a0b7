import { type BrowserContext, chromium, type Page } from 'playwright-core'
import { toolPath } from '../../requirements.ts'

const FLAGS = [
  ...['--disable-gpu', '--disable-quic', '--disable-sync'],
  // Debian's start script asks for drawing by a graphics card, which is slow where there is none.
  ...['--disable-gpu-rasterization', '--disable-gpu-compositing', '--disable-software-rasterizer'],
]
const HEIGHT = { 1280: 800, 390: 844 } as const
const ACTION_MS = 15_000
const NAVIGATION_MS = 60_000

/** In each page, before its own scripts: what only the page itself is told. */
const OBSERVE = `
  document.addEventListener('securitypolicyviolation', (event) => {
    reportViolation([event.violatedDirective, event.blockedURI, event.sample].join(' '))
  })
  globalThis.jumps = []
  const described = ({ node }) => node instanceof Element ? node.outerHTML.slice(0, 100) : node?.textContent
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      if (!hadRecentInput) jumps.push({ value, what: sources.map(described) })
    }
  }).observe({ type: 'layout-shift', buffered: true })`

/** How somebody looks at pages. */
export interface Look {
  /** Of the window, in pixels: a desktop or a phone. */
  readonly width: keyof typeof HEIGHT
  readonly language: 'en' | 'zh-CN'
  readonly theme: 'light' | 'dark'
  /** Default: true. */
  readonly scripts?: boolean
}

/** A window of the browser with cookies of its own. */
export interface Window {
  readonly context: BrowserContext
  readonly page: Page
  /** What went wrong in its pages so far: errors, failed requests, violations of the policy, dialogs. */
  readonly faults: string[]
}

/** A running Chromium. */
export interface OpenBrowser {
  readonly version: string
  open(look: Look): Promise<Window>
  close(): Promise<void>
}

/** Starts the Chromium of this machine with an empty profile. It asks nobody but the pages it is told to open. */
export async function openBrowser(): Promise<OpenBrowser> {
  const executablePath = toolPath('chromium')
  if (executablePath === null) throw new Error('chromium is not installed')
  const browser = await chromium.launch({ executablePath, chromiumSandbox: false, args: FLAGS })
  return {
    version: browser.version(),
    close: () => browser.close(),
    async open({ width, language, theme, scripts = true }) {
      const context = await browser.newContext({
        viewport: { width, height: HEIGHT[width] },
        locale: language,
        colorScheme: theme,
        reducedMotion: 'reduce',
        isMobile: width === 390,
        hasTouch: width === 390,
        javaScriptEnabled: scripts,
      })
      context.setDefaultTimeout(ACTION_MS)
      context.setDefaultNavigationTimeout(NAVIGATION_MS)
      const faults: string[] = []
      watch(context, faults)
      await context.exposeBinding('reportViolation', ({ page }, violation) => {
        faults.push(`${page.url()}: the policy was violated: ${violation}`)
      })
      await context.addInitScript(OBSERVE)
      return { context, page: await context.newPage(), faults }
    },
  }
}

function watch(context: BrowserContext, faults: string[]): void {
  const add = (where: string | undefined, what: string) => faults.push(`${where ?? ''}: ${what}`)
  context.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    add(message.page()?.url(), `the console says: ${message.text()}`)
  })
  context.on('weberror', (error) => add(error.page()?.url(), `uncaught: ${error.error().stack}`))
  context.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? ''
    // Whoever leaves a page ends its requests.
    if (reason !== 'net::ERR_ABORTED') add(request.url(), `not loaded: ${reason}`)
  })
  context.on('response', (response) => {
    if (response.status() >= 400) add(response.url(), `answered with ${response.status()}`)
  })
  context.on('dialog', (dialog) => {
    add(dialog.page()?.url(), `opened a dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
}
