import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isGroupAlive } from '../../../core/sdk/processes/group.ts'
import { testTunnel } from '../../../core/testing/index.ts'
import { cloudflare } from '../../../plugins/tunnels/cloudflare/index.ts'
import { bench, get, NEVER, opened, reachAt, StandIn, target } from './setup.ts'

const { definition } = cloudflare
const TOKEN = 'eyJhIjoiYWNjb3VudCIsInQiOiJ0dW5uZWwiLCJzIjoic2VjcmV0In0='
const HOSTNAME = 'hooks.example.com'

function set(behaviour: object = {}) {
  const place = bench()
  const tool = new StandIn(place.folder, 'cloudflared.ts', behaviour)
  const make = (options: object = {}) =>
    definition.create(
      definition.options.parse({ command: tool.command, ...options }),
      place.context,
    )
  return { ...place, tool, make }
}

function credentials(folder: string): string {
  writeFileSync(join(folder, 'credentials.json'), '{}')
  return './credentials.json'
}

testTunnel(
  { describe, it },
  {
    name: 'a tunnel of Cloudflare',
    openSeconds: 30,
    create: () => {
      const { tool, make } = set()
      return {
        tunnel: make(),
        reach: reachAt(() => tool.call().edge),
        isRunning: () => tool.calls().some(({ pid }) => isGroupAlive(pid)),
      }
    },
  },
)

describe('a quick tunnel', () => {
  it('is open at the hostname that cloudflared tells, another one at each start', async () => {
    const { tool, make, context } = set()
    const to = await target()
    const instance = make()
    const tunnel = await opened(instance, to)
    expect(tunnel.url).toBe('https://quick-start-1.trycloudflare.com')
    const { words, config, edge } = tool.call()
    // Its own, so that none in the home folder counts.
    const file = join(context.dataDir, 'tunnel/cloudflared.yml')
    expect(words).toEqual([
      ...['tunnel', '--config', file, '--no-autoupdate', '--grace-period', '4s'],
      ...['--metrics', '127.0.0.1:0', '--url', to.url],
    ])
    expect(config).toEqual({ 'no-autoupdate': true })
    expect(statSync(file).mode & 0o777).toBe(0o600)

    const forged = { 'cf-connecting-ip': '198.51.100.1' }
    const { body } = await get(edge, '/api/webhooks/github?x=1', forged)
    expect(JSON.parse(body)).toMatchObject({
      url: '/api/webhooks/github?x=1',
      headers: { 'cf-connecting-ip': '203.0.113.7' },
    })

    await tunnel.close()
    expect((await opened(instance, to)).url).toBe('https://quick-start-2.trycloudflare.com')
    expect(instance.url).toBeUndefined()
  })

  it('is not open before cloudflared is connected', async () => {
    const { make } = set({ ready: false })
    const opening = make({ openSeconds: 1 }).open(await target(), NEVER)
    await expect(opening).rejects.toMatchObject({
      code: 'tunnel_failed',
      message: expect.stringContaining('not open after 1 seconds'),
    })
  })

  it('says what cloudflared says', async () => {
    const { make } = set({ fail: 'failed to request quick Tunnel: dial tcp: no such host' })
    await expect(make().open(await target(), NEVER)).rejects.toMatchObject({
      code: 'tunnel_failed',
      message: expect.stringContaining('failed to request quick Tunnel: dial tcp: no such host'),
    })
  })

  it('ends where cloudflared stays without a connection', async () => {
    const { tool, make } = set()
    const tunnel = await opened(make({ unreadySeconds: 1 }), await target())
    tool.behave({ ready: false })
    expect(await tunnel.ended).toBe('had no connection to Cloudflare for 1 seconds')
    expect(isGroupAlive(tool.call().pid)).toBe(false)
  })

  it('says how to get cloudflared on each system', async () => {
    const { make } = set()
    const opening = make({ command: './no-such-cloudflared' }).open(await target(), NEVER)
    await expect(opening).rejects.toMatchObject({
      code: 'tunnel_tool_missing',
      remedy: expect.stringMatching(/Debian.*apt-get.*macOS: brew.*Windows: winget/),
    })
  })
})

describe('a tunnel with a token', () => {
  const options = { token: TOKEN, hostname: HOSTNAME }

  it('gives the token in the environment only, and opens where Cloudflare sends the hostname here', async () => {
    const { tool, make, lines } = set()
    const to = await target()
    const service = `http://localhost:${to.port}`
    tool.behave({ remote: [{ hostname: HOSTNAME, service }, { service: 'http_status:404' }] })
    const instance = make({ ...options, protocol: 'http2' })
    expect(instance.url).toBe(`https://${HOSTNAME}`)
    const tunnel = await opened(instance, to)
    expect(tunnel.url).toBe(`https://${HOSTNAME}`)
    const { words, token } = tool.call()
    expect(token).toBe(TOKEN)
    expect(words.slice(-3)).toEqual(['run', '--protocol', 'http2'])
    expect([...words, ...lines].join()).not.toContain(TOKEN)
  })

  it.each([
    ['elsewhere', [{ hostname: HOSTNAME, service: 'http://localhost:1' }]],
    ['nowhere', [{ service: 'http_status:404' }]],
  ])('refuses where Cloudflare sends the hostname %s', async (_name, remote) => {
    const { make, tool } = set({ remote })
    const to = await target()
    await expect(make(options).open(to, NEVER)).rejects.toMatchObject({
      code: 'tunnel_failed',
      message: `Cloudflare does not send ${HOSTNAME} to port ${to.port} of this machine`,
      remedy: expect.stringContaining(`go to ${to.url} at Cloudflare`),
    })
    expect(isGroupAlive(tool.call().pid)).toBe(false)
  })

  it('never tells the token', async () => {
    const { make, lines } = set({ fail: `Provided Tunnel token is not valid: ${TOKEN}` })
    const error = await make(options)
      .open(await target(), NEVER)
      .catch((fault: Error) => fault.message)
    expect(error).toContain('Tunnel token is not valid: [redacted]')
    expect(lines.join()).not.toContain(TOKEN)
  })
})

describe('a tunnel with a credentials file', () => {
  it('lets only webhooks of the hostname through', async () => {
    const { tool, make, folder } = set()
    const to = await target()
    const instance = make({ credentialsFile: credentials(folder), hostname: HOSTNAME })
    const tunnel = await opened(instance, { ...to, paths: ['/hooks/a.b'] })
    expect(tunnel.url).toBe(`https://${HOSTNAME}`)
    const { words, config, edge } = tool.call()
    expect(words.slice(-3)).toEqual(['run', '--credentials-file', join(folder, 'credentials.json')])
    expect(config).toEqual({
      tunnel: HOSTNAME,
      ingress: [
        { hostname: HOSTNAME, path: '^/api/webhooks/', service: to.url },
        { hostname: HOSTNAME, path: '^/healthz$', service: to.url },
        { hostname: HOSTNAME, path: '^/hooks/a\\.b$', service: to.url },
        { service: 'http_status:404' },
      ],
    })
    const status = async (path: string, host = HOSTNAME) => (await get(edge, path, { host })).status
    expect(await status('/api/webhooks/github')).toBe(200)
    expect(await status('/healthz')).toBe(200)
    expect(await status('/hooks/a.b')).toBe(200)
    expect(await status('/hooks/a-b')).toBe(404)
    expect(await status('/healthz/x')).toBe(404)
    expect(await status('/api/tasks')).toBe(404)
    expect(await status('/x/api/webhooks/github')).toBe(404)
    expect(await status('/')).toBe(404)
    expect(await status('/api/webhooks/github', 'other.example.com')).toBe(404)
  })

  it('says that the file is missing', async () => {
    const { make, folder, tool } = set()
    mkdirSync(join(folder, 'tunnels'))
    const instance = make({ credentialsFile: './tunnels/none.json', hostname: HOSTNAME })
    await expect(instance.open(await target(), NEVER)).rejects.toMatchObject({
      code: 'tunnel_failed',
      message: expect.stringContaining('there is no file'),
    })
    expect(tool.calls()).toEqual([])
  })
})

it.each([
  [{ token: TOKEN }, /hostname/],
  [{ hostname: HOSTNAME }, /needs `token` or `credentialsFile`/],
  [{ token: TOKEN, credentialsFile: 'x', hostname: HOSTNAME }, /cannot be given with `token`/],
  [{ token: TOKEN, hostname: 'https://hooks.example.com' }, /must be a hostname/],
])('refuses the options %j', (wrong, message) => {
  expect(() => definition.options.parse(wrong)).toThrow(message)
})
