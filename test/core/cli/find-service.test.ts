import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, bareEnv, cli, emptyFolder } from './cli-process.ts'

const { folder, remove } = emptyFolder()
const TOKEN = 'token-of-the-box'
let service: ChildProcess

writeFileSync(
  join(folder, 'webhook.config.json'),
  JSON.stringify({
    host: '127.0.0.1',
    dataDir: './state',
    sources: { box: { use: 'custom', options: { token: { env: 'BOX_TOKEN' } } } },
    programs: {
      paint: { use: 'subprocess', options: { command: ['sh', 'paint.sh'] } },
    },
    rules: [{ on: 'box', run: 'paint' }],
  }),
)
writeFileSync(
  join(folder, 'paint.sh'),
  `printf '\\033[31mred\\033[0m \\033]52;c;eA==\\007 \\033[2J'\n`,
)
mkdirSync(join(folder, 'below'))

async function start(): Promise<ChildProcess> {
  const child = spawn(process.execPath, [BIN, 'start', '--port', '0'], {
    cwd: folder,
    env: { ...bareEnv(), BOX_TOKEN: TOKEN },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const chunk of child.stdout ?? []) {
    if (String(chunk).includes('listening')) break
  }
  return child
}

beforeAll(async () => {
  service = await start()
}, 60_000)
afterAll(() => {
  service.kill('SIGKILL')
  remove()
})

/** Without the secrets of the service. */
const run = (args: readonly string[], command: readonly string[] = []) =>
  cli(args, { cwd: join(folder, 'below'), command })

describe('a command on any port, without the secrets of the service', { timeout: 60_000 }, () => {
  it('finds the service by its data folder', async () => {
    for (const args of [
      ['tasks'],
      ['deliveries'],
      ['nodes'],
      ['audit', 'list'],
      ['secrets', 'list'],
    ]) {
      expect(await run(args)).toMatchObject({ code: 0, stderr: '' })
    }
    const elsewhere = await cli(['tasks', '--data', join(folder, 'state')], { cwd: '/' })
    expect(elsewhere).toMatchObject({ code: 0, stdout: 'No tasks.\n', stderr: '' })
  })

  it('gets by without the rest of the config, even if it is wrong', async () => {
    const wrong = { dataDir: './state', programs: { x: 5 }, port: 'wrong', rules: 'none' }
    writeFileSync(join(folder, 'wrong.json'), JSON.stringify(wrong))
    expect(await run(['tasks', '-c', '../wrong.json'])).toMatchObject({ code: 0, stderr: '' })
  })

  it('sends to it, and shows only the colours of the output on a terminal', async () => {
    const env = { BOX_TOKEN: TOKEN }
    const sent = await cli(['send', 'box', '--wait'], { cwd: folder, env })
    expect(sent).toMatchObject({ code: 0, stderr: '' })
    const [, id = ''] = /paint \((tsk_\w+)\): succeeded/.exec(sent.stdout) ?? []
    const raw = '\u001b[31mred\u001b[0m \u001b]52;c;eA==\u0007 \u001b[2J'
    expect((await run(['logs', id])).stdout).toBe(raw)
    const shown = '\u001b[31mred\u001b[0m \\x1b]52;c;eA==\\x07 \\x1b[2J\u001b[0m'
    const terminal = ['python3', '-c', 'import pty, sys; pty.spawn(sys.argv[1:])']
    for (const args of [
      ['logs', id],
      ['logs', '-f', id],
      ['task', id],
    ]) {
      const { stdout } = await run(args, terminal)
      expect(stdout).toContain(shown)
      expect(stdout).not.toContain('\u001b]')
    }
  })

  it('says why the service refused what it sent, and where to look', async () => {
    const env = { BOX_TOKEN: 'another-token-than-that' }
    const refused = await cli(['send', 'box'], { cwd: folder, env })
    expect(refused).toMatchObject({ code: 1, stdout: '' })
    expect(refused.stderr).toMatch(
      /could not be verified: .*token.* \(delivery (dlv_\w+)\)\n {2}code: delivery_refused\n.*`hookline doctor \1`/,
    )
    expect(refused.stderr).not.toContain(env.BOX_TOKEN)
    const unknown = await cli(['send', 'box', '--token', 'wrong'], { cwd: folder, env })
    expect(unknown.stderr).toMatch(/could not be verified \(delivery dlv_\w+\)\n/)
  })

  it('knows a service that was killed from one that runs', async () => {
    const address = join(folder, 'state/address.json')
    service.kill('SIGKILL')
    await once(service, 'exit')
    expect(existsSync(address)).toBe(true)
    const { code, stderr } = await run(['tasks'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/127\.0\.0\.1:12345 does not answer[\s\S]*code: service_unreachable/)
    service = await start()
    expect(await run(['tasks'])).toMatchObject({ code: 0, stderr: '' })
    service.kill('SIGTERM')
    await once(service, 'exit')
    expect(existsSync(address)).toBe(false)
  })
})
