import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, describe, expect, it } from 'vitest'
import { makeFolder, PYTHON, type Service, startService, until } from '../../e2e/service.ts'
import { missingTool } from '../../requirements.ts'

const missing = missingTool('systemd-notify')

// What systemd is to a service: a datagram socket. Node.js has none.
const RECEIVER = `
import socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print('bound', flush=True)
while True:
    print(receiver.recv(4096).decode().replace('\\n', ' '), flush=True)
`

// A program of it keeps the event loop from turning, as a fault of a plugin would.
const CONFIG = `
import { defineConfig, env } from 'hookline'
import { defineExecutor } from 'hookline/sdk/executor'
import { custom } from 'hookline/sources'
import { z } from 'zod'
const block = defineExecutor({
  name: 'block', summary: '', options: z.object({}),
  create: () => ({ async run() { for (;;); } }),
})
export default defineConfig({
  sources: { hook: custom({ token: env('TOKEN') }) },
  programs: { block: block({}) },
  rules: [{ on: 'hook', run: 'block' }],
})`

const TOKEN = 'token-of-this-test'
const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

describe('under systemd', { timeout: 60_000 }, () => {
  it('notifies of its start, its pings and its stop', async ({ skip }) => {
    if (missing !== null) skip(missing)
    const { service, sent } = await start({ WATCHDOG_USEC: '600000' })
    await until(
      async () => sent.filter((line) => line === 'WATCHDOG=1').length,
      (pings) => pings >= 3,
    )
    expect(sent.filter((line) => line.startsWith('READY=1'))).toHaveLength(1)
    expect(await service.stop()).toBe(0)
    await until(
      async () => sent,
      (lines) => lines.includes('STOPPING=1'),
    )
  })

  it('sends no pings while its event loop is blocked', async ({ skip }) => {
    if (missing !== null) skip(missing)
    const { service, sent } = await start({ WATCHDOG_USEC: '300000' })
    await until(
      async () => sent,
      (lines) => lines.includes('WATCHDOG=1'),
    )
    const headers = { 'X-Webhook-Token': TOKEN, 'content-type': 'application/json' }
    const body = '{"type":"ring","data":{}}'
    await fetch(`${service.url}/api/webhooks/hook`, { method: 'POST', headers, body })
    await quiet(sent, 1000)
    await service.kill()
  })

  it.for<[string, Readonly<Record<string, string>>]>([
    ['nobody waits for a sign of life', {}],
    ['another process is meant', { WATCHDOG_USEC: '300000', WATCHDOG_PID: '1' }],
    ['the limit is none', { WATCHDOG_USEC: 'soon' }],
  ])('sends no pings where %s', async ([, env], { skip }) => {
    if (missing !== null) skip(missing)
    const { service, sent } = await start(env)
    await until(
      async () => sent,
      (lines) => lines.some((line) => line.startsWith('READY=1')),
    )
    expect(await service.stop()).toBe(0)
    expect(sent.filter((line) => line === 'WATCHDOG=1')).toEqual([])
  })

  it('goes on if systemd cannot be notified', async () => {
    const { folder, remove } = makeFolder(CONFIG)
    closers.push(remove)
    const NOTIFY_SOCKET = join(folder, 'nobody')
    const service = await startService({ folder, env: { TOKEN, NOTIFY_SOCKET, PATH: folder } })
    closers.push(() => killed(service))
    await until(
      async () => service.lines.join('\n'),
      (text) => text.includes('warning: systemd could not be notified'),
    )
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
    expect(await service.stop()).toBe(0)
  })
})

async function start(
  env: Readonly<Record<string, string>>,
): Promise<{ service: Service; sent: readonly string[] }> {
  const { folder, remove } = makeFolder(CONFIG)
  closers.push(remove)
  const socket = join(folder, 'notify')
  const receiver = spawn(PYTHON, ['-c', RECEIVER, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  closers.push(() => receiver.kill('SIGKILL'))
  const sent: string[] = []
  const lines = createInterface({ input: receiver.stdout })
  await once(lines, 'line')
  lines.on('line', (line) => sent.push(line))
  const service = await startService({ folder, env: { TOKEN, NOTIFY_SOCKET: socket, ...env } })
  closers.push(() => killed(service))
  return { service, sent }
}

async function killed(service: Service): Promise<void> {
  const { exitCode, signalCode } = service.child
  if (exitCode === null && signalCode === null) await service.kill()
}

/** Resolves once nothing was sent for so long. */
async function quiet(sent: readonly string[], ms: number): Promise<void> {
  let [count, since] = [sent.length, Date.now()]
  await until(
    async () => {
      if (sent.length !== count) [count, since] = [sent.length, Date.now()]
      return Date.now() - since
    },
    (quietMs) => quietMs > ms,
  )
}
