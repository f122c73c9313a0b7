import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import { makeFolder, type Service, startService } from '../service.ts'

export const SECRET = 'secret of the tests'

const CONFIG = `
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom, github } from 'hookline/sources'
export default defineConfig({
  sources: {
    github: github({ secret: ${JSON.stringify(SECRET)} }),
    small: custom({ token: ${JSON.stringify(SECRET)}, maxBodyBytes: 100 }),
    slow: custom({ token: ${JSON.stringify(SECRET)}, rateLimit: { perSecond: 1, burst: 1 } }),
    fenced: custom({ token: ${JSON.stringify(SECRET)}, allow: ['192.0.2.0/24'] }),
  },
  programs: { echo: subprocess({ command: ['/bin/cat'] }) },
  rules: [{ on: 'github', run: 'echo' }],
  limits: { requestSeconds: 2 },
})`

/** A service with sources of several limits. */
export async function startLimitedService(): Promise<Service & { remove(): void }> {
  const { folder, remove } = makeFolder(CONFIG)
  return { ...(await startService({ folder })), remove }
}

export interface TestDelivery {
  readonly source?: string
  readonly body: string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
}

let sent = 0

/** Delivers a signed push; `headers` are laid over the right ones. */
export function deliver(url: string, delivery: TestDelivery): Promise<Response> {
  const { source = 'github', body, headers = {} } = delivery
  const signature = createHmac('sha256', SECRET).update(body).digest('hex')
  return fetch(`${url}/api/webhooks/${source}`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': `sent-${++sent}`,
      'x-hub-signature-256': `sha256=${signature}`,
      ...headers,
    },
  })
}

export async function expectAlive(url: string): Promise<void> {
  const answer = await fetch(`${url}/readyz`)
  expect(answer.status).toBe(200)
}
