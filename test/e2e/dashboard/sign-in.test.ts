import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  CLIENT_ID,
  CLIENT_SECRET,
  type ProviderOptions,
  startProvider,
} from '../../core/api/access/provider.ts'
import { missingTool } from '../../requirements.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService } from '../service.ts'
import { type OpenBrowser, openBrowser, type Window } from './browser.ts'
import { accessFaults, overflow } from './page-checks.ts'

const DESKTOP = { width: 1280, language: 'en', theme: 'light' } as const
const PHONE = { width: 390, language: 'zh-CN', theme: 'dark' } as const

const missing = missingTool('chromium')

describe.skipIf(missing !== null)('signing in', { timeout: 90_000 }, () => {
  const { folder, remove } = makeFolder(`
    import { defineConfig, env } from 'hookline'
    export default defineConfig({
      admin: {
        oidc: {
          issuer: env('ISSUER'),
          clientId: '${CLIENT_ID}',
          clientSecret: env('CLIENT_SECRET'),
          label: 'Example login',
          roles: { operator: { groups: ['team'] } },
        },
      },
      sources: {},
      programs: {},
      rules: [],
    })`)
  const person: ProviderOptions = {
    account: { sub: 'alice', groups: ['team'] },
    redirectUri: 'http://127.0.0.1/sign-in/callback',
  }
  let provider: Awaited<ReturnType<typeof startProvider>>
  let service: Service
  let browser: OpenBrowser

  beforeAll(async () => {
    provider = await startProvider(person)
    const env = { ISSUER: provider.issuer, CLIENT_SECRET }
    service = await startService({ folder, env })
    browser = await openBrowser()
  }, 90_000)
  afterAll(async () => {
    await browser?.close()
    await service?.stop()
    await provider?.stop()
    remove()
  })

  async function inWindow(
    look: Parameters<OpenBrowser['open']>[0],
    use: (window: Window) => Promise<void>,
  ) {
    const window = await browser.open(look)
    await use(window)
    await window.context.close()
    expect(window.faults).toEqual([])
  }

  const giveToken = async (page: Page, token: string) => {
    await page.getByLabel('Token').fill(token)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  it('leads from a page to the form, and back to the page with the token', async () => {
    await inWindow(DESKTOP, async ({ page }) => {
      await page.goto(`${service.url}/nodes?from=here`)
      expect(await accessFaults(page)).toEqual([])
      await giveToken(page, ADMIN_TOKEN)
      await page.getByRole('heading', { name: 'Nodes' }).waitFor()
      expect(page.url()).toBe(`${service.url}/nodes?from=here`)
      expect(await page.context().cookies()).toMatchObject([{ httpOnly: true, sameSite: 'Strict' }])
    })
  })

  it('says that a token is wrong, and works without scripts', async () => {
    const window = await browser.open({ ...DESKTOP, scripts: false })
    const { page } = window
    await page.goto(`${service.url}/sign-in?next=https://elsewhere.example`)
    await giveToken(page, 'a wrong token')
    expect(await page.getByRole('alert').textContent()).toBe('This token is not valid.')
    expect(window.faults.splice(0).every((fault) => fault.includes('401'))).toBe(true)
    await giveToken(page, ADMIN_TOKEN)
    await page.waitForURL(`${service.url}/`)
    await page.goto(`${service.url}/nodes`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(`${service.url}/sign-in`)
    await page.goto(`${service.url}/nodes`)
    expect(page.url()).toBe(`${service.url}/sign-in?next=%2Fnodes`)
    await window.context.close()
  })

  it('takes a link with a one-time code, once', async () => {
    const { path } = await service.post<{ path: string }>('/api/session/codes')
    await inWindow(DESKTOP, async ({ page, faults }) => {
      await page.goto(service.url + path)
      await page.waitForURL(`${service.url}/`)
      await page.getByRole('link', { name: 'Connect a sender' }).click()
      await page.getByRole('heading', { name: 'Connect a webhook' }).waitFor()
      faults.length = 0
    })
    const again = await browser.open(DESKTOP)
    await again.page.goto(service.url + path)
    await again.page.getByRole('alert').waitFor()
    expect(await again.page.getByRole('alert').textContent()).toContain('used already')
    await again.context.close()
  })

  it('leads to the provider and back to the page, and signs out of both', async () => {
    await inWindow(DESKTOP, async ({ page }) => {
      await page.goto(`${service.url}/nodes?from=here`)
      await page.getByRole('link', { name: 'Sign in with Example login' }).click()
      await page.getByRole('heading', { name: 'Nodes' }).waitFor()
      expect(page.url()).toBe(`${service.url}/nodes?from=here`)
      await page.getByText('oidc:alice (operator)').waitFor()
      expect(await page.context().cookies(service.url)).toMatchObject([
        { name: 'hookline-session', httpOnly: true, sameSite: 'Strict' },
      ])
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.waitForURL((url) => url.origin === provider.issuer)
      await page.getByRole('button', { name: 'Leave' }).click()
      await page.waitForURL(`${service.url}/sign-in`)
      await page.goto(`${service.url}/nodes`)
      expect(page.url()).toBe(`${service.url}/sign-in?next=%2Fnodes`)
    })
  })

  it('says why the provider was of no use, and still takes a token', async () => {
    person.account = { sub: 'bob' }
    await provider.stop()
    const again = await startProvider({ ...person, port: provider.port })
    const { context, page } = await browser.open({ ...DESKTOP, scripts: false })
    await page.goto(`${service.url}/sign-in`)
    await page.getByRole('link', { name: 'Example login' }).click()
    await page.getByRole('button', { name: 'Open the dashboard' }).click()
    expect(await page.getByRole('alert').textContent()).toMatch(
      /You are 'oidc:bob', and have no role here. Ask/,
    )
    await again.stop()
    await giveToken(page, ADMIN_TOKEN)
    await page.waitForURL(`${service.url}/`)
    await context.close()
  })

  it('fits on a phone, in Chinese, and remembers the language that is chosen', async () => {
    await inWindow(PHONE, async ({ page }) => {
      await page.goto(`${service.url}/sign-in`)
      expect(await page.title()).toContain('登录')
      expect(await accessFaults(page)).toEqual([])
      expect(await overflow(page)).toBe(0)
      await page.getByRole('link', { name: 'English' }).click()
      await page.getByRole('link', { name: '中文' }).waitFor()
      expect(await page.title()).toContain('Sign in')
      await page.goto(`${service.url}/sign-in`)
      expect(await page.title()).toContain('Sign in')
    })
  })
})
