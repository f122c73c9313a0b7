import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, type Service, startService, until } from '../service.ts'

const SIGNING_TOKEN = `whsec_${Buffer.alloc(32, 'gitlab').toString('base64')}`
const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { gitlab } from 'hookline/sources'
export default defineConfig({
  sources: { gitlab: gitlab({ signingToken: ${JSON.stringify(SIGNING_TOKEN)} }) },
  programs: { say: subprocess({ command: ['/bin/echo'], params: ['branch', 'repository'] }) },
  rules: [{ on: 'gitlab.push', when: "branch == 'main'", run: 'say' }],
})`)
let service: Service

beforeAll(async () => {
  service = await startService({ folder })
})
afterAll(async () => {
  await service.stop()
  remove()
})

const push = JSON.stringify({
  object_kind: 'push',
  ref: 'refs/heads/main',
  checkout_sha: 'da1560886d4f094c3e6c9ef40349f7d38b5d27d7',
  project: { path_with_namespace: 'mike/diaspora' },
})

describe('GitLab with a signing token', () => {
  it('takes what the Standard Webhooks library signed', async () => {
    const answer = await send('msg_1', new Date(), push)
    expect(answer.status).toBe(202)
    const { tasks } = (await answer.json()) as { tasks: { id: string }[] }
    const task = await until(
      () => service.get<{ state: string; log: { text: string }[] }>(`/api/tasks/${tasks[0]?.id}`),
      ({ state }) => state === 'succeeded',
    )
    expect(task.log.map((chunk) => chunk.text).join('')).toBe('main mike/diaspora\n')
  })

  it.each([
    { what: 'a stale one', at: new Date(Date.now() - 600_000), altered: false },
    { what: 'one from the future', at: new Date(Date.now() + 600_000), altered: false },
    { what: 'an altered one', at: new Date(), altered: true },
  ])('refuses $what', async ({ at, altered }) => {
    const answer = await send('msg_2', at, altered ? push.replace('main', 'evil') : push, push)
    expect(answer.status).toBe(401)
    expect(await answer.json()).toMatchObject({ code: 'delivery_refused', status: 401 })
  })
})

function send(id: string, at: Date, body: string, signed: string = body): Promise<Response> {
  return fetch(`${service.url}/api/webhooks/gitlab`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-gitlab-event': 'Push Hook',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(SIGNING_TOKEN).sign(id, at, signed),
    },
  })
}
