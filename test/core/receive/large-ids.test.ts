import { expect, it } from 'vitest'
import { ADMIN_TOKEN, openApp } from '../api/app.ts'

const CONFIG = {
  sources: {
    custom: { use: 'custom', options: { token: 'token-of-this-test', id: { path: 'order.id' } } },
  },
  programs: { run: { use: 'subprocess', options: { command: ['true'], policy: { key: 'ref' } } } },
  rules: [
    { on: 'custom', when: 'payload.order.id == 9007199254740993 && ref > 0', run: 'run' },
    { on: 'custom', when: 'facts.?ref.orValue(0) == 9007199254740995', run: 'run' },
  ],
}

it('numbers above 2^53 keep every digit from the sender to the program', async () => {
  const { app, store } = await openApp(CONFIG)
  const send = async (body: string) => {
    const headers = { 'content-type': 'application/json', 'x-webhook-token': 'token-of-this-test' }
    const answer = await app.request('/api/webhooks/custom', { method: 'POST', headers, body })
    return { status: answer.status, ...((await answer.json()) as { delivery: string }) }
  }
  const bodyOf = (digit: number) =>
    `{"order":{"id":900719925474099${digit}},"ref":900719925474099${digit}}`

  expect(await send(bodyOf(2))).toMatchObject({ status: 202, tasks: [] })
  const sent = await send(bodyOf(3))
  expect(sent).toMatchObject({ status: 202, tasks: [{ rule: expect.any(String) }] })
  expect(await send(bodyOf(3))).toMatchObject({ status: 200, delivery: sent.delivery })
  expect(await send(bodyOf(5))).toMatchObject({ status: 202, tasks: [{}] })

  const [event] = await store.events(sent.delivery)
  expect(event).toMatchObject({
    senderId: '9007199254740993',
    facts: { ref: 9007199254740993n },
    payload: bodyOf(3),
  })
  const { items } = await store.tasks({ deliveryId: sent.delivery, limit: 1 })
  expect(items[0]?.policyKey).toBe('9007199254740993')

  const shown = await app.request(`/api/deliveries/${sent.delivery}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  })
  expect(await shown.text()).toContain('"facts":{"ref":9007199254740993}')
})
