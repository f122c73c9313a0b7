import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isGroupAlive } from '../../../core/sdk/processes/group.ts'
import { command } from '../../../plugins/tunnels/command/index.ts'
import { until } from '../../core/work/setup.ts'
import { type Bench, bench, NEVER, opened } from './setup.ts'

const { definition } = command
const FIXTURES = join(import.meta.dirname, '../../fixtures')
const PRINT = join(FIXTURES, 'programs/print-and-stay.sh')
const TARGET = { port: 4321, url: 'http://127.0.0.1:4321' }

function made(
  { context }: Bench,
  text: string,
  options: object = {},
  flags: readonly string[] = [],
) {
  const given = { command: ['/bin/sh', PRINT, text, ...flags], openPattern: 'at (\\S+)' }
  return definition.create(definition.options.parse({ ...given, ...options }), context)
}

const pidIn = (lines: readonly string[]) =>
  Number(lines.find((line) => line.startsWith('pid '))?.slice('pid '.length))

describe('a tunnel by any command', () => {
  it('takes its URL from the output, less the final slash', async () => {
    const tunnel = await opened(made(bench(), 'open at https://a.example.com/'), TARGET)
    expect(tunnel.url).toBe('https://a.example.com')
  })

  it('completes what was printed, without colours', async () => {
    const text = '\\033[32mopen at bore.example:{port}\\033[0m'
    const tunnel = await opened(made(bench(), text, { url: 'http://$1' }), TARGET)
    expect(tunnel.url).toBe('http://bore.example:4321')
  })

  it('knows a fixed URL before it is open', async () => {
    const instance = made(bench(), 'open at {url}', { url: 'https://fixed.example.com/' })
    expect(instance.url).toBe('https://fixed.example.com')
    expect((await opened(instance, TARGET)).url).toBe('https://fixed.example.com')
    expect(made(bench(), '').url).toBeUndefined()
  })

  it('says how the program ended, before it was open and after', async () => {
    const text = 'Error: the limit of your account is reached\\nbye'
    const early = made(bench(), text, {}, ['exit', '3'])
    await expect(early.open(TARGET, NEVER)).rejects.toMatchObject({
      code: 'tunnel_failed',
      message: expect.stringContaining(
        'ended with exit code 3: Error: the limit of your account is reached',
      ),
    })
    const place = bench()
    const tunnel = await opened(made(place, 'open at https://a.example.com'), TARGET)
    await until(() => pidIn(place.lines) > 0)
    process.kill(pidIn(place.lines), 'SIGKILL')
    expect(await tunnel.ended).toMatch(/^ended by signal SIGKILL/)
  })

  it('runs in a folder that is relative to that of the config', async () => {
    const place = bench()
    mkdirSync(join(place.folder, 'frp'))
    const options = { command: ['/bin/sh', '-c', 'echo at $PWD; sleep 60'], cwd: './frp' }
    const tunnel = await opened(made(place, '', { ...options, url: 'http://$1' }), TARGET)
    expect(tunnel.url).toBe(`http://${join(place.folder, 'frp')}`)
  })

  it('says that the program is missing, and what to do', async () => {
    const instance = made(bench(), '', { command: ['no-such-tool'] })
    await expect(instance.open(TARGET, NEVER)).rejects.toMatchObject({
      code: 'tunnel_tool_missing',
      message: expect.stringContaining('no-such-tool'),
      remedy: expect.stringContaining('Install no-such-tool'),
    })
  })

  it('ends one that is not open in time', async () => {
    const place = bench()
    const instance = made(place, 'nothing', { openSeconds: 1 })
    await expect(instance.open(TARGET, NEVER)).rejects.toMatchObject({
      code: 'tunnel_failed',
      message: expect.stringContaining('not open after 1 seconds'),
    })
    expect(isGroupAlive(pidIn(place.lines))).toBe(false)
  })

  it('ends the opening with its signal', async () => {
    const place = bench()
    const stop = new AbortController()
    const opening = made(place, 'nothing').open(TARGET, stop.signal)
    await until(() => pidIn(place.lines) > 0)
    stop.abort(new Error('the node stops'))
    await expect(opening).rejects.toThrow('the node stops')
    expect(isGroupAlive(pidIn(place.lines))).toBe(false)
  })

  it('closes with all that it started, also what ignores SIGTERM', {
    timeout: 20_000,
  }, async () => {
    const place = bench()
    const flags = ['stubborn', 'child']
    const tunnel = await opened(made(place, 'at http://x', {}, flags), TARGET)
    await until(() => pidIn(place.lines) > 0)
    await tunnel.close()
    expect(isGroupAlive(pidIn(place.lines))).toBe(false)
    expect(await tunnel.ended).toBe('it was closed')
  })

  it('leaves nothing behind if its node is killed', async () => {
    const node = spawn(process.execPath, [join(FIXTURES, 'tunnels/node-killed.ts'), PRINT])
    const [line] = (await once(node.stdout, 'data')) as [Buffer]
    const leader = Number(new URL(line.toString()).pathname.slice(1))
    expect(isGroupAlive(leader)).toBe(true)
    node.kill('SIGKILL')
    await until(() => !isGroupAlive(leader))
  })

  it('logs what is printed, and neither logs nor tells a secret', async () => {
    const place = bench()
    const token = 'a-token-of-the-tool-4711'
    const text = `starting with ${token}\\nError: wrong token ${token}`
    const options = { secretEnv: { TOOL_TOKEN: token } }
    const opening = made(place, text, options, ['exit', '1']).open(TARGET, NEVER)
    const error = await opening.catch((fault: Error) => fault)
    expect(String((error as Error).message)).toContain('wrong token [redacted]')
    expect(place.lines).toContain('starting with [redacted]')
    expect(place.lines.join()).not.toContain(token)
  })

  it.each([
    [{ openPattern: '(' }, /regular expression/],
    [{ url: 'hooks.example.com' }, /must begin with/],
    [{ command: [] }, /command/],
  ])('refuses %j', (wrong, message) => {
    const given = { command: ['x'], openPattern: 'x', ...wrong }
    expect(() => definition.options.parse(given)).toThrow(message)
  })
})
