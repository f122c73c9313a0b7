import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { until } from '../service.ts'
import type { CheckedAnswers } from './openapi-answers.ts'

/** The program that tells of the wait has sent the link: who has it decides, and nobody else sees it. `outbox`: a folder with a file for each link. */
export async function askByLinks(answers: CheckedAnswers, outbox: string): Promise<void> {
  const heldTask = async (name: string) => {
    const sent = await answers.ask('POST /api/webhooks/custom', {
      ...{ body: { event: `ask.${name}`, id: `id-${name}` }, open: true },
      headers: { 'x-webhook-token': 'token-of-this-test' },
    })
    return sent.body.tasks[0].id as string
  }
  const held = [await heldTask('page'), await heldTask('call')]
  const linkOf = (id: string) =>
    until(
      async () => {
        try {
          return readFileSync(join(outbox, id), 'utf8').trim()
        } catch {
          return ''
        }
      },
      (link) => link !== '',
    )
  const [byPage = '', byCall = ''] = await Promise.all(held.map(linkOf))
  const ended = (id = '') =>
    until(
      async () => (await answers.ask(`GET /api/tasks/${id}`)).body,
      ({ state }) => state === 'succeeded' || state === 'cancelled',
    )
  expect(byPage).toMatch(new RegExp(`^http://localhost:\\d+/approve/${held[0]}/`))
  for (const method of ['HEAD', 'GET']) expect((await fetch(byPage, { method })).status).toBe(200)
  expect((await answers.ask(`GET /api/tasks/${held[0]}`)).body.approval.state).toBe('pending')
  const form = { method: 'POST', body: new URLSearchParams({ decision: 'approved' }) }
  expect((await fetch(byPage, form)).status).toBe(200)
  expect((await fetch(byPage, form)).status).toBe(409)
  expect(await ended(held[0])).toMatchObject({ state: 'succeeded' })
  const [, , task = '', token = ''] = new URL(byCall).pathname.split('/')
  for (const body of [{ task, token }, { task, token: 'forged' }, { task }]) {
    await answers.ask('POST /api/approval-links/show', { body, open: true })
    const decision = { ...body, decision: 'rejected' }
    await answers.ask('POST /api/approval-links/decide', { body: decision, open: true })
  }
  await answers.ask('POST /api/approval-links/show', { body: { task, token }, open: true })
  expect(await ended(held[1])).toMatchObject({ reason: 'rejected by signed link' })
  const { tasks } = (await answers.ask('GET /api/tasks?program=send')).body
  for (const { id, delivery } of tasks) {
    const shown = [
      await answers.ask(`GET /api/tasks/${id}`),
      await answers.ask(`GET /api/tasks/${id}/input`),
      await answers.ask(`GET /api/deliveries/${delivery}`),
      await answers.ask(`GET /api/deliveries/${delivery}/payload`),
    ]
    const text = JSON.stringify(shown.map(({ body }) => body))
    expect(text).toContain('[redacted]')
    for (const link of [byPage, byCall]) expect(text).not.toContain(link.split('/').at(-1))
  }
}
