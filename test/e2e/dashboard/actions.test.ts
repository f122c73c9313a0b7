import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { missingTool } from '../../requirements.ts'
import { until } from '../service.ts'
import { type OpenBrowser, openBrowser, type Window } from './browser.ts'
import { jumpsOf } from './page-checks.ts'
import { openSignedIn } from './pages.ts'
import { type PopulatedService, startPopulated } from './populated/populated-service.ts'
import { send, shop } from './populated/send.ts'

const missing = missingTool('chromium')

describe.skipIf(missing !== null)('an action on a page', { timeout: 90_000 }, () => {
  let service: PopulatedService
  let browser: OpenBrowser
  let window: Window
  let page: Page

  beforeAll(async () => {
    service = await startPopulated()
    browser = await openBrowser()
    window = await openSignedIn(browser, service, { width: 1280, language: 'en', theme: 'light' })
    page = window.page
  }, 90_000)
  afterEach(() => {
    expect(window.faults.splice(0)).toEqual([])
  })
  afterAll(async () => {
    await browser?.close()
    await service?.dispose()
  })

  const open = (path: string) => page.goto(service.url + path)
  const press = (name: string | RegExp) =>
    page.getByRole('main').getByRole('button', { name }).first().click()
  const confirm = () => page.getByRole('dialog').getByRole('button', { name: 'Yes, go on' }).click()
  /** Waits for the message about what was done. The page of before may still show another one. */
  const says = (text: string | RegExp) => {
    return page.getByRole('main').getByRole('status').filter({ hasText: text }).first().waitFor()
  }
  const get = <Body>(path: string) => service.get<Body>(path)

  it('drains a node once it is confirmed, and lets it take tasks again', async () => {
    const draining = async () =>
      (await get<{ nodes: { draining: boolean }[] }>('/api/nodes')).nodes[0]?.draining
    await open('/nodes')
    await press('Drain')
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    expect(await draining()).toBe(false)
    await press('Drain')
    await confirm()
    await says('The node takes no new tasks.')
    expect(await draining()).toBe(true)
    await press('Take tasks again')
    await says('The node takes tasks again.')
    expect(await draining()).toBe(false)
  })

  it('runs the cases beside the config, and says what differs', async () => {
    await open('/configuration')
    await page.getByRole('link', { name: 'Cases' }).click()
    await press('Run all')
    await page.getByText('Passed: 1. Failed: 2. Skipped: 0.').waitFor()
    const row = (name: string) => page.getByRole('row').filter({ hasText: name }).textContent()
    expect(await row('a push to main')).toContain('Passed')
    expect(await row('refund.hook.yaml')).toContain(
      'events[0].rules.refunds: true is expected, and it is false',
    )
    expect(await row('unfinished.hook.yaml')).toContain('No valid case')
  })

  it('creates a token, shows it once, and revokes it', async () => {
    const names = async () =>
      (await get<{ tokens: { name: string }[] }>('/api/tokens')).tokens.map(({ name }) => name)
    await open('/tokens')
    await page.getByText('New token').click()
    await page.getByRole('textbox', { name: /^Name/ }).fill('grafana')
    await press('Create token')
    const token = (await page.locator('pre').textContent()) ?? ''
    const answer = await fetch(`${service.url}/api/tasks`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(answer.status).toBe(200)
    await open('/tokens')
    expect(await page.content()).not.toContain(token)
    expect(await names()).toEqual(['grafana'])
    await press('Revoke')
    await confirm()
    await says('The token is revoked.')
    expect(await names()).toEqual([])
  })

  it('says what comes in while a list is open, moves nothing, and shows it', async () => {
    await open('/tasks')
    for (const key of ['j', 'j']) await page.keyboard.press(key)
    const focused = () => page.evaluate<string>('document.activeElement.href')
    const before = await focused()
    const first = await page.locator('tbody tr').first().getAttribute('id')
    await send(service.url, [shop('order', { total: 5, customer: 'Barbara' })])
    const news = page.getByRole('link', { name: '1 new' })
    await news.waitFor()
    expect(await page.locator('tbody tr').first().getAttribute('id')).toBe(first)
    expect(await focused()).toBe(before)
    expect(before).toContain('/tasks/tsk_')
    expect(await jumpsOf(page)).toEqual([])
    await news.click()
    await page.locator(`tbody tr:first-child:not([id="${first}"])`).waitFor()
    expect(await page.locator('tbody tr').first().textContent()).toContain('sync-order')
    expect(await news.count()).toBe(0)
  })

  it('pauses a program, and resumes it', async () => {
    const pauses = async () => (await get<{ pauses: { name: string }[] }>('/api/pauses')).pauses
    await open('/configuration/programs/sync-order')
    await press('Pause')
    await confirm()
    await says('It is paused. Its tasks wait.')
    expect(await pauses()).toMatchObject([{ kind: 'program', name: 'sync-order', by: 'admin' }])
    await press('Resume')
    await says('It is resumed.')
    await until(pauses, (list) => list.length === 0)
  })

  it('runs a program now, with params from a form', async () => {
    await open('/configuration/programs/deploy')
    await page.getByText('Run now').first().click()
    await page.getByRole('textbox', { name: 'repository' }).fill('acme/site')
    await page.getByRole('textbox', { name: 'branch' }).fill('main')
    await page.locator('form').getByRole('button', { name: 'Run now' }).click()
    await page.waitForURL('**/tasks/tsk_*', { waitUntil: 'commit' })
    const id = page.url().split('/').at(-1)
    const task = await until(
      () => get<{ state: string; rule: string; result: unknown }>(`/api/tasks/${id}`),
      ({ state }) => state === 'succeeded',
    )
    expect(task).toMatchObject({ rule: '@manual', result: { files: 38 } })
  })

  it('makes a rule: shows its faults while it is written, then what would change, and saves it', async () => {
    const rule = '/api/config/rules/big-orders'
    const review = page.locator('#review')
    await open('/configuration/rules/new')
    await page.getByRole('textbox', { name: /^Name/ }).fill('big-orders')
    await page.locator('[name=on]').fill('shop.order')
    await page.getByLabel('Runs').selectOption('sync-order')
    await page.getByLabel('Condition').fill('payload.total >')
    await review.getByText('This cannot be saved yet:').waitFor()
    await page.getByLabel('Condition').fill('payload.total > 100')
    await review.getByText('No faults.').waitFor()
    expect(await review.textContent()).toMatch(/2 more would match, 0 fewer/)
    await press('Save and put in force')
    await says('It is saved and in force.')
    expect(await get(rule)).toMatchObject({ on: 'shop.order', when: 'payload.total > 100' })

    await page.getByRole('link', { name: 'Edit' }).click()
    await page.getByLabel('Condition').fill('payload.total > 200')
    await review.getByRole('cell', { name: 'payload.total > 100' }).waitFor()
    await press('Save and put in force')
    await says('It is saved and in force.')
    expect(await get(rule)).toMatchObject({ when: 'payload.total > 200' })
    await press('Delete')
    await confirm()
    await says('It is deleted and no longer in force.')
    expect(await get(rule)).toMatchObject({ status: 404 })
  })

  it('makes a source whose secret is never shown again', async () => {
    await open('/configuration/sources/new')
    await page.getByRole('link', { name: /^telegram/ }).click()
    await page.getByRole('textbox', { name: /^Name/ }).fill('bot')
    await page.getByLabel('token').fill('a-secret-of-this-test')
    await page.locator('#review').getByText('No faults.').waitFor()
    await press('Save and put in force')
    await says('It is saved and in force.')
    await open('/configuration/sources/bot/edit')
    expect(await page.content()).not.toContain('a-secret-of-this-test')
    await open('/audit')
    expect(await page.content()).not.toContain('a-secret-of-this-test')
  })

  it('shows in the playground which clause decides, as it is typed', async () => {
    const delivery = await service.deliveryOf('shop.order')
    await open(`/playground?delivery=${delivery}`)
    const result = page.locator('#result')
    await page.getByLabel('Condition in CEL').fill('payload.total > 1 && payload.total < 1000')
    await result.getByText('Matches', { exact: true }).waitFor()
    await page.getByLabel('Condition in CEL').fill('payload.total > 1 && customer == "Linus"')
    await result.getByText('Does not match').waitFor()
    expect(await result.textContent()).toContain('customer == "Linus"')
    await page.getByLabel('Condition in CEL').fill('payload.total >')
    await result.getByText('Not valid').waitFor()
  })

  it('replays a delivery as a new one', async () => {
    const delivery = await service.deliveryOf('shop.order')
    await open(`/deliveries/${delivery}`)
    await press('Replay')
    await confirm()
    await says('Replayed: this is the new delivery.')
    const id = page.url().split('/').at(-1)
    expect(await get(`/api/deliveries/${id}`)).toMatchObject({ originalId: delivery })
  })

  it('retries rows that were checked by key, as one job', async () => {
    await open('/tasks?state=dead')
    for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key)
    await page.locator('output').getByText('2').waitFor()
    await press('Retry selected')
    await page.getByText('Tasks to retry: 2.').waitFor()
    await press('Retry 2')
    await says('The job has started.')
    await page.getByText('2 of 2').waitFor()
    await page.getByText('Succeeded').first().waitFor()
  })

  it('replays rows that were checked without scripts', async () => {
    const look = { width: 390, language: 'en', theme: 'dark', scripts: false } as const
    const plain = await openSignedIn(browser, service, look)
    await plain.page.goto(`${service.url}/deliveries?outcome=accepted`)
    await plain.page.getByRole('checkbox').first().check()
    await plain.page.getByRole('button', { name: 'Replay selected' }).click()
    await plain.page.getByText('Deliveries to replay: 1.').waitFor()
    await plain.page.getByRole('button', { name: 'Replay 1' }).click()
    expect(plain.page.url()).toContain('/jobs/job_')
    await plain.context.close()
  })

  it('says why a delivery was refused', async () => {
    await open('/deliveries?outcome=refused')
    await page.locator('tbody a').first().click()
    await page.getByText('What the doctor found').waitFor()
    expect(await page.locator('#doctor').textContent()).toContain('Most likely the secrets differ')
  })

  it('connects a sender, with a secret that is shown once and a delivery that arrives', async () => {
    await open('/connect')
    await page.getByPlaceholder('Search a sender').fill('repositories, organizations')
    await page.locator('#choices li:only-child a').click()
    await page.getByRole('textbox', { name: /^Name/ }).fill('website')
    await page.locator('#address code').getByText('/api/webhooks/website').waitFor()
    await page.getByLabel('Run').selectOption('sync-order')
    await press('Connect')
    const secret = await page.getByRole('region', { name: 'secret' }).textContent()
    expect(secret).toMatch(/^[\w-]{43}$/)
    await page.getByText('Nothing has arrived yet').waitFor()
    await press('Send a test delivery')
    await page.locator('#tested').getByText('1 task was created').waitFor()
    await page.locator('#arrivals tbody tr').getByText('Succeeded').waitFor()
    expect(await page.getByRole('region', { name: 'secret' }).textContent()).toBe(secret)
    await page.locator('#arrivals tbody a').first().click()
    await page.waitForURL('**/deliveries/*')
    await open('/connect/website')
    expect(await page.content()).not.toContain(secret)
  })

  it('signs out', async () => {
    await open('/nodes')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/sign-in')
    await open('/nodes')
    expect(page.url()).toContain('/sign-in?next=')
  })
})
