import { describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, openApp } from '../app.ts'
import { type Call, call, makeToken, signIn } from './calls.ts'

const CONFIG = {
  sources: { box: { use: 'custom', options: { unverified: true } } },
  programs: { run: { use: 'subprocess', options: { command: ['true'] } } },
  rules: [{ on: 'box', run: 'run' }],
}

/** An open stream of the log of a task that nobody runs. */
async function openStream(opened: Awaited<ReturnType<typeof openApp>>, given: Call) {
  const sent = await call(opened, 'POST /api/webhooks/box', { json: { type: 'x' } })
  const { tasks } = (await sent.json()) as { tasks: { id: string }[] }
  const headers = { ...given.headers, accept: 'text/event-stream' }
  const answer = await call(opened, `GET /api/tasks/${tasks[0]?.id}/log`, { ...given, headers })
  expect(answer.status).toBe(200)
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  const first = await reader?.read()
  expect(first?.value).toContain('"waiting"')
  return async () => {
    let rest = ''
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      rest += part.value
    }
    return rest
  }
}

describe('an open stream', () => {
  it('ends when its token is revoked', async () => {
    const opened = await openApp(CONFIG)
    const token = await makeToken(opened, 'eve', { role: 'viewer' })
    const readRest = await openStream(opened, { token })
    await call(opened, 'DELETE /api/tokens/eve', { token: ADMIN_TOKEN })
    expect(await readRest()).not.toContain('event: end')
  })

  it('ends when its session does', async () => {
    const opened = await openApp(CONFIG)
    const session = await signIn(opened, ADMIN_TOKEN)
    const readRest = await openStream(opened, session)
    await call(opened, 'DELETE /api/session', session)
    expect(await readRest()).not.toContain('event: end')
  })
})
