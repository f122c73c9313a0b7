import { describe, expect, it, vi } from 'vitest'
import { ADMIN_TOKEN, openApp } from '../app.ts'

describe('a log reader that stops reading', () => {
  it('is disconnected, even while only heartbeats are sent', async () => {
    const unsubscribed = vi.fn()
    const { app, store } = await openApp(
      {
        sources: { box: { use: 'custom', options: { unverified: true } } },
        programs: { idle: { use: 'subprocess', options: { command: ['true'] } } },
        rules: [{ on: 'box', run: 'idle' }],
      },
      (opened) => {
        const subscribe = opened.subscribe.bind(opened)
        opened.subscribe = (listener) => {
          const stop = subscribe(listener)
          return () => {
            unsubscribed()
            stop()
          }
        }
        return opened
      },
    )
    const json = { 'content-type': 'application/json' }
    await app.request('/api/webhooks/box', { method: 'POST', headers: json, body: '{}' })
    const [task] = (await store.tasks({ limit: 1 })).items
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    try {
      const answer = await app.request(`/api/tasks/${task?.id}/log`, {
        headers: { accept: 'text/event-stream', authorization: `Bearer ${ADMIN_TOKEN}` },
      })
      const reader = answer.body?.getReader()
      // The first event is taken, and nothing after it.
      await reader?.read()
      for (let second = 0; second < 200 && unsubscribed.mock.calls.length === 0; second++) {
        await vi.advanceTimersByTimeAsync(1000)
        // The stream asks the store twice before it waits again, and the store answers in order.
        for (let asked = 0; asked < 3; asked++) await store.tasks({ limit: 1 })
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(unsubscribed).toHaveBeenCalled()
    } finally {
      vi.useRealTimers()
    }
  })
})
