import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  Client,
  type ClientOptions,
  StreamableHTTPClientTransport,
  type Transport,
} from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ADMIN_TOKEN, makeFolder, type Service, startService } from '../service.ts'

const BIN = join(import.meta.dirname, '../../../core/cli/bin.ts')
const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
const SECRET = 'a-secret-that-nobody-reads'
const { folder, remove } = makeFolder('')
let service: Service
let ids: { readonly delivery: string; readonly event: string; readonly task: string }

beforeAll(async () => {
  const program = (command: string[]) => ({ use: 'subprocess', options: { command, ...USER } })
  const config = {
    sources: { box: { use: 'custom', options: { token: SECRET } } },
    programs: {
      say: program(['/bin/sh', '-c', `echo ${SECRET} said`]),
      talk: program(['/usr/bin/seq', '1', '60000']),
    },
    rules: [
      { on: 'box.say', when: "payload.branch == 'main'", run: 'say' },
      { on: 'box.talk', run: 'talk' },
    ],
    managed: { programs: true },
  }
  writeFileSync(join(folder, 'webhook.config.ts'), `export default ${JSON.stringify(config)}`)
  service = await startService({ folder })
  ids = await deliver({ event: 'say', branch: 'main', note: SECRET })
}, 30_000)
afterAll(async () => {
  await service.stop()
  remove()
})

async function deliver(body: object) {
  const headers = { 'content-type': 'application/json', 'x-webhook-token': SECRET }
  const sent = { method: 'POST', headers, body: JSON.stringify(body) }
  const answer = await fetch(`${service.url}/api/webhooks/box`, sent)
  const { delivery, event, tasks } = (await answer.json()) as {
    delivery: string
    event: string
    tasks: { id: string }[]
  }
  const task = tasks[0]?.id ?? ''
  for (let state = task && 'waiting'; ['waiting', 'running'].includes(state); )
    state = (await service.get<{ state: string }>(`/api/tasks/${task}`)).state
  return { delivery, event, task }
}

async function tokenOf(role: string): Promise<string> {
  const answer = await fetch(`${service.url}/api/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: `${role}-${Math.random().toString(36).slice(2)}`, role }),
  })
  return ((await answer.json()) as { token: string }).token
}

const overHttp = (token: string, more: Record<string, string> = {}) =>
  new StreamableHTTPClientTransport(new URL('/mcp', service.url), {
    requestInit: { headers: { authorization: `Bearer ${token}`, ...more } },
  })

const overStdio = (token: string) =>
  new StdioClientTransport({
    command: process.execPath,
    args: [BIN, 'mcp', '--url', service.url],
    env: { HOOKLINE_TOKEN: token, PATH: process.env['PATH'] ?? '' },
  })

async function connect(transport: Transport, options: ClientOptions = {}) {
  const client = new Client({ name: 'test', version: '1' }, options)
  await client.connect(transport)
  onTestFinished(() => client.close())
  const call = async (name: string, args: object = {}) => {
    const { content, isError } = await client.callTool({ name, arguments: { ...args } })
    const [part] = content as { text: string }[]
    return { text: part?.text ?? '', isError: isError === true }
  }
  return {
    ...{ client, call },
    names: async () => (await client.listTools()).tools.map(({ name }) => name),
    tools: async () => (await client.listTools()).tools,
    json: async (name: string, args: object = {}) => {
      const { text, isError } = await call(name, args)
      expect(isError, text).toBe(false)
      return JSON.parse(text)
    },
  }
}

describe.each([
  ['streamable HTTP', overHttp],
  ['standard input and output', overStdio],
])('MCP over %s', (_, transportOf) => {
  it('shows what happened, and why, to a viewer', async () => {
    const mcp = await connect(transportOf(await tokenOf('viewer')))
    const { task } = await deliver({ event: 'say', branch: 'main' })
    const { tasks } = await mcp.json('list_tasks', { program: 'say', limit: 1 })
    expect(tasks).toMatchObject([{ program: 'say', state: 'succeeded' }])
    expect(await mcp.json('get_task', { task })).toMatchObject({ id: task })
    const log = await mcp.json('get_task_log', { task })
    expect(log).toEqual({ next: 1, output: '[redacted] said\n' })
    expect(await mcp.json('get_task_log', { task, after: 1 })).toEqual({ next: 1, output: '' })
    const other = await deliver({ event: 'say', branch: 'feature' })
    const { events } = await mcp.json('explain_delivery', { delivery: other.delivery })
    const [{ current }] = events[0].rules
    expect(current).toMatchObject({ matched: false, condition: "payload.branch == 'main'" })
    expect(await mcp.json('list_deliveries', { source: 'box', limit: 1 })).toMatchObject({
      deliveries: [{ id: other.delivery }],
    })
    expect(await mcp.json('get_overview')).not.toHaveProperty('series')
    for (const name of ['get_config', 'list_pauses', 'list_nodes', 'list_errors'])
      expect((await mcp.call(name)).isError, name).toBe(false)
    expect(await mcp.json('get_source', { source: 'box' })).toMatchObject({ name: 'box' })
    const { text } = await mcp.call('get_task_input', { task })
    expect(text).not.toContain(SECRET)
    expect((await mcp.call('get_task', { task: 'tsk_none' })).text).toMatch(/^task_unknown: /)
  })

  it('lists and does for each role what the API lets it', async () => {
    const viewer = await connect(transportOf(await tokenOf('viewer')))
    const operator = await connect(transportOf(await tokenOf('operator')))
    const shown = await viewer.tools()
    expect(shown.length).toBeGreaterThan(10)
    expect(shown.filter(({ annotations }) => !annotations?.readOnlyHint)).toEqual([])
    const more = (await operator.names()).filter((name) => !shown.some((one) => one.name === name))
    expect(more).toEqual([
      ...['get_payload', 'diagnose_delivery', 'evaluate_condition', 'backtest_rule', 'retry_task'],
      ...['cancel_task', 'replay_delivery', 'pause', 'resume'],
    ])
    await expect(viewer.call('retry_task', { task: ids.task })).rejects.toThrow(/not found/)
    await expect(viewer.call('get_payload', { delivery: ids.delivery })).rejects.toThrow()
  })

  it('tries drafts and acts for an operator, in the audit log', async () => {
    const token = await tokenOf('operator')
    const mcp = await connect(transportOf(token))
    const { actor } = await callerOf(token)
    const payload = await mcp.call('get_payload', { delivery: ids.delivery })
    expect(payload.text).toContain('"branch":"main"')
    expect(payload.text).not.toContain(SECRET)
    const event = { delivery: ids.delivery }
    expect(
      await mcp.json('evaluate_condition', { condition: "payload.branch == 'x'", event }),
    ).toMatchObject({ condition: { outcome: 'false' } })
    expect(
      await mcp.json('backtest_rule', { rule: { on: 'box.say', when: 'payload.branch ==' } }),
    ).toMatchObject({ valid: false })
    expect(
      await mcp.json('backtest_rule', { rule: { on: 'box.say', run: ['say'] }, last: 5 }),
    ).toMatchObject({ valid: true })
    const program = { kind: 'program', name: 'say' }
    expect(await mcp.json('pause', { ...program, reason: 'it fails' })).toMatchObject({ by: actor })
    const { tasks } = await mcp.json('replay_delivery', event)
    expect(await mcp.json('cancel_task', { task: tasks[0].id })).toMatchObject({
      state: 'cancelled',
    })
    expect(await mcp.json('resume', program)).toMatchObject({ state: 'ended' })
    expect(await mcp.json('retry_task', { task: ids.task })).toMatchObject({ id: ids.task })
    expect((await mcp.call('diagnose_delivery', event)).text).toContain(ids.delivery)
    const admin = await connect(transportOf(ADMIN_TOKEN))
    const elsewhere = await admin.call('resume', { kind: 'program', name: '../../tokens/x' })
    expect(elsewhere).toMatchObject({ isError: true, text: expect.stringMatching(/request_inv/) })
    const { entries } = await service.get<{ entries: { actor: string; action: string }[] }>(
      `/api/audit?tail=true&actor=${actor}`,
    )
    expect(entries.map(({ action }) => action)).toEqual([
      ...['program.pause', 'delivery.replay', 'task.cancel', 'program.resume', 'task.retry'],
    ])
  })

  it('answers no more than a model can read', async () => {
    const mcp = await connect(transportOf(await tokenOf('viewer')))
    const { task } = await deliver({ event: 'talk' })
    const { output } = await mcp.json('get_task_log', { task, chunks: 1000 })
    expect(output.length).toBeLessThan(20_100)
    expect(output.endsWith('60000\n')).toBe(true)
  })
})

describe('MCP', () => {
  it.each([
    ['a wrong token', () => overHttp('wrong'), /401/],
    ['a call through a proxy', () => overHttp(ADMIN_TOKEN, { 'cf-ray': '1' }), /403/],
  ])('refuses %s', async (_, transportOf, status) => {
    await expect(connect(transportOf())).rejects.toThrow(status)
  })

  it('holds nobody who asks to be told of changes, and writes nothing beside the log', async () => {
    const options: ClientOptions = { versionNegotiation: { mode: { pin: '2026-07-28' } } }
    const { client, json } = await connect(overHttp(await tokenOf('viewer')), options)
    const told = await client.listen({ toolsListChanged: true }, { timeout: 2000 })
    expect(told.honoredFilter).toEqual({})
    expect(await json('list_pauses')).toHaveProperty('pauses')
    expect(service.lines.filter((line) => !line.startsWith('{'))).toEqual([])
  })

  it('ends with the reason if the service refuses the token, or is not there', () => {
    for (const [url, reason] of [
      [service.url, 'No valid token was given'],
      ['http://127.0.0.1:1', 'does not answer'],
    ]) {
      const args = [BIN, 'mcp', '--url', `${url}`, '--token', 'wrong-token']
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      expect([status === 0, stdout]).toEqual([false, ''])
      expect(stderr).toContain(reason)
    }
  })
})

async function callerOf(token: string): Promise<{ readonly actor: string }> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${service.url}/api/session`, { headers })
  return { actor: ((await answer.json()) as { name: string }).name }
}
