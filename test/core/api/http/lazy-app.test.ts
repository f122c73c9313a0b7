import { Hono } from 'hono'
import { expect, it } from 'vitest'
import { lazyApp } from '../../../../core/api/http/lazy-app.ts'

it('loads an app once for all requests, and again after a load that failed', async () => {
  let loads = 0
  const lazy = lazyApp(async () => {
    loads++
    await new Promise((resolve) => setTimeout(resolve, 10))
    if (loads === 1) throw new Error('too many open files')
    return new Hono().get('/', (context) => context.text('here'))
  })
  const app = new Hono().onError((_, context) => context.text('', 500)).all('*', lazy)
  const ask = async () => (await app.request('/')).status
  const three = () => Promise.all([ask(), ask(), ask()])
  expect([await three(), loads]).toEqual([[500, 500, 500], 1])
  expect([await three(), loads]).toEqual([[200, 200, 200], 2])
  expect([await ask(), loads]).toEqual([200, 2])
})
