import { createHmac, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import twilio from 'twilio'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TunnelView } from '../../../core/api/tunnel/routes.ts'
import { cli } from '../../core/cli/cli-process.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const PLUGIN = join(import.meta.dirname, '../../fixtures/tunnels/plugin.ts')
const SECRET = 'secret of the tests'
const SENDER = '203.0.113.7'
const TIMEOUT = 60_000

const CONFIG = `
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { github, twilio } from 'hookline/sources'
import { relay } from ${JSON.stringify(PLUGIN)}
export default defineConfig({
  sources: {
    github: github({ secret: ${JSON.stringify(SECRET)}, allow: ['${SENDER}'], rateLimit: { perSecond: 0.01, burst: 2 } }),
    twilio: twilio({ authToken: ${JSON.stringify(SECRET)} }),
  },
  programs: { echo: subprocess({ command: ['/bin/cat'] }) },
  rules: [{ on: 'hookline.tunnel.changed', run: 'echo' }],
  tunnel: relay(),
})`

const { folder, remove } = makeFolder(CONFIG)
let service: Service

beforeAll(async () => {
  service = await startService({ folder })
}, TIMEOUT)

afterAll(async () => {
  await service.stop()
  remove()
}, TIMEOUT)

const tunnel = async () => (await service.get<{ tunnel: TunnelView }>('/api/tunnel')).tunnel
const open = () => until(tunnel, ({ state }) => state === 'up', 60)
const urlOf = async () => (await open()).url ?? ''
const admin = { authorization: `Bearer ${ADMIN_TOKEN}` }

function push(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const body = '{"ref":"refs/heads/main"}'
  const signature = createHmac('sha256', SECRET).update(body).digest('hex')
  return fetch(`${url}/api/webhooks/github`, {
    ...{ method: 'POST', body },
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-hub-signature-256': `sha256=${signature}`,
      ...headers,
    },
  })
}

function message(url: string): Promise<Response> {
  const fields = { MessageSid: `SM${randomBytes(16).toString('hex')}`, Body: 'hello' }
  const signed = `${url}/api/webhooks/twilio`
  return fetch(signed, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { 'x-twilio-signature': twilio.getExpectedTwilioSignature(SECRET, signed, fields) },
  })
}

describe('a tunnel', { timeout: TIMEOUT }, () => {
  it('lets webhooks in, and says where on all ways', async () => {
    const url = await urlOf()
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    expect((await message(url)).status).toBe(200)
    const { sources } = await service.get<{ sources: { name: string; url: string }[] }>(
      '/api/sources',
    )
    expect(sources.find(({ name }) => name === 'twilio')?.url).toBe(`${url}/api/webhooks/twilio`)
    const metrics = await (await fetch(`${service.url}/metrics`, { headers: admin })).text()
    expect(metrics).toContain('hookline_tunnel_up{plugin="relay"} 1')
    expect(metrics).toContain('hookline_tunnel_restarts_total{plugin="relay"} 0')
    const shown = await cli(['tunnel', '--qr', '--url', service.url, '--token', ADMIN_TOKEN], {
      cwd: folder,
    })
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.stdout).toMatch(/state: +up/)
    expect(shown.stdout).toContain(`twilio  ${url}/api/webhooks/twilio`)
    expect(shown.stdout).toContain('█')
  })

  it.each([
    '/',
    '/api/tasks',
    '/api/tunnel',
    '/mcp',
    '/metrics',
    '/readyz',
    '/sign-in',
    '/api/webhooks',
  ])('leads to nothing else: %s', async (path) => {
    const answer = await fetch((await urlOf()) + path, { headers: admin })
    expect(answer.status).toBe(404)
    expect(await answer.json()).toMatchObject({ code: 'not_found' })
  })

  it('tells the address of the sender, which a stranger at the plain port cannot', async () => {
    const forged = { 'cf-connecting-ip': SENDER, 'x-forwarded-for': SENDER }
    const refused = await push(service.url, forged)
    expect(refused.status).toBe(401)
    // Refused deliveries take nothing from the rate, so both of these come in.
    const url = await urlOf()
    expect((await push(url)).status).toBe(202)
    const accepted = await push(url, { 'cf-connecting-ip': '192.0.2.1' })
    expect(accepted.status).toBe(202)
    expect((await push(url)).status).toBe(429)
    const clientOf = async (answer: Response) => {
      const id = answer.headers.get('hookline-delivery')
      return (await service.get<{ client: string }>(`/api/deliveries/${id}`)).client
    }
    expect(await clientOf(refused)).toBe('127.0.0.1')
    const { delivery } = (await accepted.json()) as { delivery: string }
    expect(await service.get(`/api/deliveries/${delivery}`)).toMatchObject({ client: SENDER })
  })

  it('is opened again when it was killed, and its new URL is the one that senders sign', async () => {
    const url = await urlOf()
    const pid = Number((await fetch(`${url}/healthz`)).headers.get('x-relay'))
    process.kill(pid, 'SIGKILL')
    const { restarts, url: next } = await until(
      tunnel,
      (one) => one.state === 'up' && one.restarts === 1,
      30,
    )
    expect(restarts).toBe(1)
    expect(next).not.toBe(url)
    expect((await message(next ?? '')).status).toBe(200)
    const told = async (state: string) => {
      const list = `/api/tasks?source=hookline&fact=state=${state}`
      return (await service.get<{ tasks: unknown[] }>(list)).tasks.length
    }
    expect(
      await until(
        () => told('up'),
        (count) => count === 2,
      ),
    ).toBe(2)
    expect(await told('down')).toBe(1)
  })

  it('leaves nothing behind when the node is killed', async () => {
    const pid = Number((await fetch(`${await urlOf()}/healthz`)).headers.get('x-relay'))
    await service.kill()
    const isAlive = async () => {
      try {
        process.kill(pid, 0)
        return true
      } catch {
        return false
      }
    }
    expect(await until(isAlive, (alive) => !alive)).toBe(false)
    service = await startService({ folder })
    expect((await message(await urlOf())).status).toBe(200)
  })
})
