import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cli } from '../../core/cli/cli-process.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService } from '../service.ts'

const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
export default defineConfig({
  sources: { hook: custom({ token: 'token-of-this-test' }) },
  programs: { show: subprocess({ command: ['/bin/echo'], timeoutSeconds: 60 }) },
  rules: [
    { name: 'main', on: 'hook.push', when: "payload.branch == 'main' && payload.size > 1", run: 'show' },
    { name: 'code', on: 'hook', when: (event) => event.payload.size === 5, run: 'show' },
  ],
})`)
let service: Service
let delivery: string

beforeAll(async () => {
  service = await startService({ folder })
  for (const [branch, size] of [
    ['main', 5],
    ['main', 0],
    ['a\u001b[31m b', 5],
  ]) {
    const sent = await fetch(`${service.url}/api/webhooks/hook`, {
      method: 'POST',
      headers: { 'x-webhook-token': 'token-of-this-test', 'content-type': 'application/json' },
      body: JSON.stringify({ event: 'push', branch, size }),
    })
    delivery = ((await sent.json()) as { delivery: string }).delivery
  }
}, 30_000)
afterAll(async () => {
  await service.stop()
  remove()
})

function hookline(...words: readonly string[]) {
  return cli([...words, '--url', service.url, '--token', ADMIN_TOKEN], { cwd: folder })
}

describe('hookline explain', { timeout: 60_000 }, () => {
  it('shows the clauses of a condition and what they saw', async () => {
    const { code, stdout, stderr } = await hookline('explain', delivery)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const lines = [
      '  rule main: not matched: its condition is false',
      "      false  payload.branch == 'main' && payload.size > 1",
      String.raw`      false    payload.branch == 'main'    (payload.branch = "a\u001b[31m b")`,
      '      -        payload.size > 1    (payload.size = 5)',
      '  rule code: matched, so show: task tsk_',
    ]
    expect(stdout).toContain(lines.join('\n'))
  })

  it('takes one event', async () => {
    const { events } = JSON.parse((await hookline('explain', delivery, '--json')).stdout)
    const one = await hookline('explain', delivery, '--event', events[0].id)
    expect(one.stdout).toContain(`event ${events[0].id}: push`)
    expect(await hookline('explain', delivery, '--event', 'evt_none')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('event_unknown'),
    })
  })
})

describe('hookline backtest', { timeout: 60_000 }, () => {
  it('compares a changed rule with the one in force', async () => {
    const when = 'payload.size > 1'
    const { code, stdout, stderr } = await hookline('backtest', '--rule', 'main', '--when', when)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^3 events of 3 deliveries since \S+, compared with the rule main in force\.\n/,
    )
    expect(stdout).toMatch(/gained +1\nlost +0\nsame +1\nneither +1\nerrors +0\n/)
    expect(stdout).toMatch(/Only the draft matches:\nRECEIVED +DELIVERY .*\n\S+ +dlv_\w+ +evt_/)
  })

  it('takes a file, and says where the draft fails', async () => {
    writeFileSync(join(folder, 'rule.yaml'), 'on: hook.push\nwhen: payload.none == 1\n')
    const { stdout } = await hookline('backtest', 'rule.yaml', '--last', '2')
    expect(stdout).toMatch(/neither +2\nerrors +2\n/)
    expect(stdout).toContain('no such key in `payload.none`')
    writeFileSync(join(folder, 'rule.json'), '{ "on": "hook", "when": "payload.size > 1" }')
    const { counts } = JSON.parse((await hookline('backtest', 'rule.json', '--json')).stdout)
    expect(counts).toMatchObject({ gained: 2, neither: 1 })
  })

  it.each([
    [['--rule', 'main', '--when', 'payload ='], 1, 'condition_invalid'],
    [['--rule', 'none'], 1, 'config_unknown'],
    [['--rule', 'code'], 2, 'Give a condition in CEL with --when'],
    [['rule.json', '--rule', 'code'], 2, 'not both'],
    [['none.json'], 1, 'file_unreadable'],
    [['--on', 'none.push'], 1, 'rule_source_unknown'],
    [['--on', 'hook', '--last', '5000'], 1, 'request_invalid'],
    [[], 1, 'request_invalid'],
  ])('refuses %j', async (words, code, text) => {
    const answer = await hookline('backtest', ...words)
    expect(answer).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(text) })
  })
})

describe('cases beside the config', { timeout: 60_000 }, () => {
  const run = async (asked: object) => {
    const answer = await fetch(`${service.url}/api/config/cases/run`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: JSON.stringify(asked),
    })
    const body = (await answer.json()) as { readonly results: readonly object[] }
    return { status: answer.status, body }
  }
  const push = { source: 'hook', event: 'push', body: { event: 'push', branch: 'main', size: 5 } }
  const write = (name: string, value: object) =>
    writeFileSync(join(folder, `${name}.hook.json`), JSON.stringify(value))

  it('lists and runs them with the config, and runs no programs', async () => {
    expect(await service.get('/api/config/cases')).toEqual({ cases: [], more: false })
    expect(await run({})).toEqual({ status: 200, body: { results: [] } })
    const tasks = [
      { program: 'show', rule: 'main' },
      { program: 'show', rule: 'code' },
    ]
    write('passes', { name: 'a push', delivery: push, expect: { status: 202, tasks } })
    const expected = {
      events: [{ type: 'tag', rules: { main: false } }],
      body: 'token-of-this-test',
    }
    write('fails', { delivery: push, expect: expected })
    write('broken', { delivery: { source: 'hook' }, expects: {} })
    write('managed', {
      delivery: { ...push, body: { event: 'push', size: 0 } },
      expect: { events: [{ rules: { later: true } }] },
    })
    mkdirSync(join(folder, 'folder.hook.json'))
    const before = await service.get('/api/deliveries')
    const { cases } = await service.get<{ cases: object[] }>('/api/config/cases')
    const fault = expect.stringMatching(
      /^The case has 2 faults:[\s\S]+broken\.hook\.json: expects: is not known/,
    )
    expect(cases).toEqual([
      { file: 'broken.hook.json', name: 'broken', fault },
      { file: 'fails.hook.json', name: 'fails', fault: null },
      { file: 'managed.hook.json', name: 'managed', fault: null },
      { file: 'passes.hook.json', name: 'a push', fault: null },
    ])
    const put = await fetch(`${service.url}/api/config/rules/later`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${ADMIN_TOKEN}`,
        'content-type': 'application/json',
        'if-none-match': '*',
      },
      body: JSON.stringify({ on: 'hook.push', when: 'payload.size == 0', run: 'show' }),
    })
    expect(put.status).toBe(201)
    const { status, body } = await run({})
    expect(status).toBe(200)
    expect(body.results).toMatchObject([
      { file: 'broken.hook.json', state: 'failed', differences: [fault] },
      {
        file: 'fails.hook.json',
        state: 'failed',
        differences: [
          expect.stringMatching(/^body: "\[redacted\]" is expected/),
          'events[0].type: "tag" is expected, and it is "push"',
          'events[0].rules.main: false is expected, and it is true',
        ],
      },
      { file: 'managed.hook.json', state: 'passed', differences: [] },
      { name: 'a push', state: 'passed', differences: [] },
    ])
    expect(await service.get('/api/deliveries')).toEqual(before)
  })

  it('runs some by their files, one request at a time, unless the config has faults', async () => {
    const one = { files: ['passes.hook.json'] }
    const answers = await Promise.all([run(one), run(one)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 503])
    const [ran] = answers.filter(({ status }) => status === 200)
    expect(ran?.body.results).toMatchObject([{ name: 'a push', state: 'passed' }])
    const config = join(folder, 'webhook.config.ts')
    const text = readFileSync(config, 'utf8')
    writeFileSync(config, text.replace("run: 'show'", "run: 'nothing'"))
    const refused = { code: 'config_faulty', detail: expect.stringContaining('nothing') }
    expect(await run(one)).toMatchObject({ status: 422, body: refused })
    writeFileSync(config, text)
    expect(await run({ files: ['../passes.hook.json'] })).toMatchObject({
      status: 400,
      body: { code: 'request_invalid', errors: [{ pointer: '/files/0' }] },
    })
  })
})
