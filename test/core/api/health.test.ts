import { describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { openApp } from './app.ts'

describe('/readyz', () => {
  it('writes to the store once in a second, however often it is asked', async () => {
    let pings = 0
    const counting = (store: StoreInstance): StoreInstance => ({
      ...store,
      ping() {
        pings++
        return store.ping()
      },
    })
    const { app } = await openApp({}, counting)
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.request('/readyz')))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(pings).toBe(1)
  })

  it('says that the node is not ready where the store takes nothing', async () => {
    const { app, store } = await openApp({})
    await store.close()
    const answer = await app.request('/readyz')
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({ status: 'unready', checks: { store: false } })
  })
})
