import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { testTunnel } from '../../../core/testing/index.ts'
import { ssh } from '../../../plugins/tunnels/ssh/index.ts'
import { until } from '../../core/work/setup.ts'
import { missingTool, toolPath } from '../../requirements.ts'
import { bench, get, NEVER, opened, reachAt, target } from './setup.ts'

const { definition } = ssh
const missing = missingTool('sshd') ?? missingTool('ssh')

/** A free port; another process could take it meanwhile, but none does. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** An SSH server on this machine for the user of the tests. */
async function sshServer(folder: string): Promise<{ port: number; end(): void }> {
  for (const name of ['host', 'user']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)])
  }
  copyFileSync(join(folder, 'user.pub'), join(folder, 'authorized'))
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true })
  const port = await freePort()
  const lines = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/authorized`,
    'StrictModes no',
    'UsePAM no',
    'PidFile none',
  ]
  writeFileSync(join(folder, 'sshd_config'), `${lines.join('\n')}\n`)
  const server = spawn(toolPath('sshd') ?? '', ['-D', '-e', '-f', join(folder, 'sshd_config')])
  onTestFinished(() => void server.kill('SIGKILL'))
  let log = ''
  server.stderr.on('data', (chunk: Buffer) => {
    log += chunk.toString()
  })
  await until(() => log.includes('Server listening') || server.exitCode !== null)
  expect(log).toContain('Server listening')
  const key = readFileSync(join(folder, 'host.pub'), 'utf8')
  writeFileSync(join(folder, 'known_hosts'), `[127.0.0.1]:${port} ${key}`)
  // Also the process of each connection.
  const end = () => void execFileSync('pkill', ['-KILL', '-P', String(server.pid)])
  return { port, end }
}

async function set() {
  const place = bench()
  const server = await sshServer(place.folder)
  const remotePort = await freePort()
  const make = (options: object = {}) =>
    definition.create(
      definition.options.parse({
        host: '127.0.0.1',
        user: userInfo().username,
        sshPort: server.port,
        remotePort,
        url: 'https://hooks.example.com/',
        identityFile: './user',
        knownHostsFile: './known_hosts',
        ...options,
      }),
      place.context,
    )
  return { ...place, server, remotePort, make }
}

describe.skipIf(missing !== null)('by the contract (needs openssh-server)', () => {
  testTunnel(
    { describe, it },
    {
      name: 'a tunnel by SSH',
      openSeconds: 30,
      create: async () => {
        const { make, remotePort } = await set()
        const instance = make()
        const isFree = () =>
          get(remotePort, '/').then(
            () => false,
            () => true,
          )
        return {
          // The host may need a moment to notice that a client was killed.
          tunnel: {
            ...instance,
            open: async (...args) => {
              await until(isFree)
              return instance.open(...args)
            },
          },
          reach: reachAt(() => remotePort),
        }
      },
    },
  )
})

describe('a tunnel by SSH (needs openssh-server)', () => {
  beforeEach(({ skip }) => {
    if (missing !== null) skip(missing)
  })

  it('passes requests on from the port of the host, until the connection is lost', async () => {
    const { server, remotePort, make } = await set()
    const instance = make()
    expect(instance.url).toBe('https://hooks.example.com')
    const tunnel = await opened(instance, await target())
    expect(tunnel.url).toBe('https://hooks.example.com')
    const { status, body } = await get(remotePort, '/api/webhooks/github')
    expect({ status, ...JSON.parse(body) }).toMatchObject({
      status: 200,
      url: '/api/webhooks/github',
    })
    server.end()
    expect(await tunnel.ended).toMatch(/^ended with exit code 255/)
    await expect(get(remotePort, '/')).rejects.toThrow('ECONNREFUSED')
  })

  it('opens again at the same port after it was closed', async () => {
    const { remotePort, make } = await set()
    const instance = make()
    const to = await target()
    const first = await opened(instance, to)
    await first.close()
    await until(() =>
      get(remotePort, '/').then(
        () => false,
        () => true,
      ),
    )
    await opened(instance, to)
    expect((await get(remotePort, '/')).status).toBe(200)
  })

  it.each([
    ['a host that is not known', { knownHostsFile: './none' }, /Host key verification failed/],
    ['a key that is not allowed', { identityFile: './host' }, /Permission denied/],
  ])('says why: %s', async (_name, options, message) => {
    const { make } = await set()
    await expect(make(options).open(await target(), NEVER)).rejects.toMatchObject({
      code: 'tunnel_failed',
      message: expect.stringMatching(message),
    })
  })

  it('says that the port of the host is taken', async () => {
    const { server, make } = await set()
    const opening = make({ remotePort: server.port }).open(await target(), NEVER)
    await expect(opening).rejects.toMatchObject({
      code: 'tunnel_failed',
      message: expect.stringMatching(/remote port forwarding failed/),
    })
  })
})

it.each([
  [{ host: '-oProxyCommand=x' }, /must be a host name/],
  [{ user: '-l' }, /must be a user name/],
  [{ url: 'hooks.example.com' }, /must begin with/],
])('refuses %j', (wrong, message) => {
  const given = { host: 'a', remotePort: 1, url: 'https://a', ...wrong }
  expect(() => definition.options.parse(given)).toThrow(message)
})
