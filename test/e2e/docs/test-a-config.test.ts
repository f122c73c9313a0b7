import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { cli } from '../../core/cli/cli-process.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService } from '../service.ts'

const CONFIG = `
  import { defineConfig, env, file } from 'hookline'
  import { subprocess } from 'hookline/executors'
  import { custom, discord, github } from 'hookline/sources'
  import { postgres } from 'hookline/stores'
  export default defineConfig({
    sources: {
      github: github({ secret: env('GITHUB_SECRET') }),
      shop: custom({ token: file('/run/secrets/of-no-machine'), rateLimit: { perSecond: 0.001, burst: 1 } }),
      discord: discord({ publicKey: '${'ab'.repeat(32)}' }),
    },
    programs: {
      deploy: subprocess({
        command: ['sh', '-c', 'echo "deploying $1 for $CUSTOMER" | tee deployed.txt', 'deploy'],
        params: ['branch'],
        variables: { CUSTOMER: { name: 'payload.customer.email', default: 'nobody' } },
      }),
    },
    rules: [
      { name: 'deploy main', on: 'github.push', when: "branch == 'main' && deleted != true", run: 'deploy' },
      { name: 'orders', on: 'shop.order', run: 'deploy' },
    ],
    // Tests never open it.
    store: postgres({ url: env('DATABASE_URL', { default: 'postgres://nowhere.invalid/x' }) }),
  })`
const page = readFileSync(join(import.meta.dirname, '../../../docs/test-a-config.md'), 'utf8')
const made = makeFolder(CONFIG)
const { folder } = made
const cases = join(folder, 'cases')
afterAll(made.remove)

const test = (...words: string[]) => cli(['test', ...words], { cwd: folder })
const write = (name: string, value: object) =>
  writeFileSync(join(cases, name), JSON.stringify(value))

describe('hookline test', () => {
  beforeAll(() => {
    mkdirSync(cases)
    const [, onPage = ''] = /```yaml\n(# main\.hook\.yaml[^`]*)```/.exec(page) ?? []
    writeFileSync(join(cases, 'main.hook.yaml'), onPage)
    write('unsigned.hook.json', {
      delivery: { source: 'github', sign: false, headers: { 'x-github-event': 'push' }, body: {} },
      expect: {
        status: 401,
        outcome: 'refused',
        reason: 'signature header X-Hub-Signature-256 is missing',
      },
    })
    write('repeated.hook.json', {
      delivery: { source: 'github', event: 'push', id: 'a', times: 2 },
      expect: { status: 200, outcome: 'duplicate', body: { duplicate: true } },
    })
    // Each alone would be within the rate of the source.
    for (const name of ['order', 'order-again']) {
      write(`${name}.hook.json`, {
        delivery: { source: 'shop', event: 'order' },
        expect: { status: 202, events: [{ type: 'order', rules: { orders: true } }] },
      })
    }
    write('discord.hook.json', {
      delivery: { source: 'discord', body: { type: 1 } },
      expect: { status: 200 },
    })
  })

  it('passes where the config does what is expected, without its secrets and its store', async () => {
    const { code, stdout, stderr } = await test()
    expect(stderr).toBe('')
    expect(stdout).toContain('skip   cases/discord.hook.json\n       only its sender can sign')
    expect(stdout).toContain('5 passed, 0 failed, 1 skipped\n')
    expect(code).toBe(0)
  })

  it('says what differs, and exits with 1', async () => {
    write('wrong.hook.json', {
      delivery: { source: 'github', event: 'push' },
      expect: {
        outcome: 'accepted',
        events: [{ facts: { branch: 'dev' }, rules: { 'deploy main': false } }],
        tasks: [{ arguments: ['dev'], environment: { CUSTOMER: '<ann>' } }],
      },
    })
    const one = join('cases', 'wrong.hook.json')
    const { code, stdout } = await test(one, '--reporter', 'tap')
    expect(code).toBe(1)
    expect(stdout).toContain('not ok 1 - cases/wrong.hook.json\n')
    expect(JSON.parse(/differences: (.*)/.exec(stdout)?.[1] ?? '')).toEqual([
      'events[0].facts.branch: "dev" is expected, and it is "main"',
      'events[0].rules.deploy main: false is expected, and it is true',
      'tasks[0].arguments[0]: "dev" is expected, and it is "main"',
      'tasks[0].environment.CUSTOMER: "<ann>" is expected, and it is "nobody"',
    ])
    const junit = await test(one, '--reporter', 'junit')
    expect(junit.stdout).toContain('failures="1"')
    expect(junit.stdout).toContain('CUSTOMER: &quot;&lt;ann&gt;&quot; is expected')
    writeFileSync(join(cases, 'wrong.hook.json'), '{"delivery": {"source": "github", "evnt": "x"}}')
    const { code: faulty, stderr } = await test(one)
    expect([faulty, stderr]).toEqual([
      1,
      expect.stringContaining('wrong.hook.json: delivery.evnt: is not known'),
    ])
  })

  it('runs programs in a copy of the folder, and lists what no case has tried', async () => {
    write('run.hook.json', {
      delivery: { source: 'github', event: 'push' },
      expect: { tasks: [{ state: 'succeeded', exitCode: 0, output: 'deploying main for nobody' }] },
    })
    const { code, stdout } = await test('cases/run.hook.json', '--run', '--coverage')
    expect([code, stdout]).toEqual([
      0,
      [
        'ok     cases/run.hook.json\n',
        '1 passed, 0 failed',
        "deploy main: `branch == 'main'` was never false",
        'deploy main: `deleted != true` was never false',
        'orders: no case matches it\n',
      ].join('\n'),
    ])
    expect(readdirSync(folder).toSorted()).toEqual(['cases', 'webhook.config.ts'])
  })
})

describe('hookline record', () => {
  let service: Service
  const env = { GITHUB_SECRET: 'of the service alone', HOOKLINE_TOKEN: ADMIN_TOKEN }
  const at = () => ({ cwd: folder, env: { ...env, HOOKLINE_URL: service.url } })

  beforeAll(async () => {
    writeFileSync(
      join(folder, 'service.config.ts'),
      CONFIG.replace(/store: .*/, '').replace(/file\('[^']*'\)/, "'of-the-shop'"),
    )
    service = await startService({ folder, env, args: ['--config', 'service.config.ts'] })
  })
  afterAll(() => service.stop())

  it('writes a delivery without secrets and persons as a case that passes', async () => {
    const body = JSON.stringify({
      ref: 'refs/heads/main',
      customer: { email: 'ann@customers.example', phone: '+49 30 1234567' },
      note: 'ask ann@customers.example',
    })
    const words = ['--event', 'push', '--body', body, '--config', 'service.config.ts', '--json']
    const sent = await cli(['send', 'github', ...words], at())
    const { delivery } = JSON.parse(sent.stdout)
    const recorded = await cli(['record', delivery, '--out', 'cases/recorded.hook.yaml'], at())
    expect(recorded).toEqual({ code: 0, stdout: 'cases/recorded.hook.yaml\n', stderr: '' })
    const text = readFileSync(join(cases, 'recorded.hook.yaml'), 'utf8')
    expect(text).not.toMatch(/customers\.example|1234567|sha256|of the service/)
    expect(parse(text)).toMatchObject({
      delivery: {
        source: 'github',
        headers: { 'x-github-event': 'push' },
        body: { customer: { email: 'person1@example.com' }, note: 'ask person1@example.com' },
      },
      expect: {
        outcome: 'accepted',
        events: [{ type: 'push', facts: { branch: 'main' }, rules: { 'deploy main': true } }],
        tasks: [{ program: 'deploy', rule: 'deploy main', arguments: ['main'] }],
      },
    })
    expect(await test('cases/recorded.hook.yaml')).toMatchObject({ code: 0 })

    const again = await cli(['record', delivery, '--out', 'cases/recorded.hook.yaml'], at())
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('is never replaced')])
    const downloaded = await fetch(`${service.url}/api/deliveries/${delivery}/test-case`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    })
    writeFileSync(join(cases, 'downloaded.hook.json'), await downloaded.text())
    expect(await test('cases/downloaded.hook.json')).toMatchObject({ code: 0 })
  })
})
