import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { NodeView } from '../../../core/api/node-routes.ts'
import type { TaskView } from '../../../core/api/tasks/views.ts'
import { cli } from '../../core/cli/cli-process.ts'
import { newSchema } from '../../plugins/stores/postgres/create-postgres.ts'
import { type PostgresServer, query, sharedPostgres } from '../../plugins/stores/postgres/server.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const TOKEN = 'token-of-this-test'
const CONFIG = `
import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
import { postgres } from 'hookline/stores'
export default defineConfig({
  node: { name: env('NODE_NAME'), leaseSeconds: 3 },
  sources: { hook: custom({ token: env('TOKEN') }) },
  programs: {
    say: subprocess({ command: ['/bin/echo', 'said'] }),
    train: subprocess({ command: ['/bin/echo', 'trained'], runsOn: ['gpu'] }),
    hold: subprocess({ command: ['/bin/sh', '-c', 'until [ -e go ]; do sleep 0.05; done'], cwd: '.' }),
  },
  rules: [
    { on: 'hook.say', run: 'say' }, { on: 'hook.train', run: 'train' }, { on: 'hook.hold', run: 'hold' },
  ],
  store: postgres({ url: env('TEST_URL'), schema: env('TEST_SCHEMA') }),
})`

const HOOKLINE_KEY = randomBytes(32).toString('base64')
const schema = newSchema()
const { folder, remove } = makeFolder(CONFIG)
const running = new Map<string, Service>()
let postgres: PostgresServer
let receiver: Service

beforeAll(async () => {
  postgres = await sharedPostgres()
  receiver = await start('front', '--role', 'receive')
  await start('plain', '--role', 'work')
}, 60_000)

afterAll(async () => {
  await Promise.all([...running.values()].map((node) => node.stop()))
  await query(postgres.url, `DROP SCHEMA IF EXISTS ${schema} CASCADE`)
  await postgres.dispose()
  remove()
})

async function start(name: string, ...args: readonly string[]): Promise<Service> {
  const node = await startService({
    folder,
    args: [...args, '--data', `data-${name}`],
    env: { NODE_NAME: name, TOKEN, TEST_URL: postgres.url, TEST_SCHEMA: schema, HOOKLINE_KEY },
  })
  running.set(name, node)
  return node
}

/** Delivers an event and answers the id of its task. */
async function send(type: string): Promise<string> {
  const response = await fetch(`${receiver.url}/api/webhooks/hook`, {
    method: 'POST',
    headers: { 'X-Webhook-Token': TOKEN, 'content-type': 'application/json' },
    body: JSON.stringify({ type, data: {} }),
  })
  const { tasks } = (await response.json()) as { tasks: readonly { id: string }[] }
  expect(tasks).toHaveLength(1)
  return tasks[0]?.id ?? ''
}

const taskOf = (id: string) => receiver.get<TaskView>(`/api/tasks/${id}`)
const inState = (id: string, state: string) =>
  until(
    () => taskOf(id),
    (task) => task.state === state,
  )
const nodesNow = () =>
  receiver.get<{ nodes: NodeView[]; unserved: { program: string }[] }>('/api/nodes')

async function hookline(...words: readonly string[]): Promise<string> {
  const access = ['--url', receiver.url, '--token', ADMIN_TOKEN]
  const { code, stdout, stderr } = await cli([...words, ...access], { cwd: folder })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return stdout
}

describe('many nodes of one store', { timeout: 60_000 }, () => {
  it('keep a task whose labels no node has, say so, and run it once one appears', async () => {
    const id = await send('train')
    await until(
      () => taskOf(id),
      (task) => task.waitingFor !== null,
    )
    expect(await taskOf(id)).toMatchObject({ state: 'waiting', waitingFor: ['gpu'], attempts: 0 })
    const list = await receiver.get<{ tasks: TaskView[] }>('/api/tasks')
    expect(list.tasks).toMatchObject([{ id, waitingFor: ['gpu'] }])
    expect(await hookline('task', id)).toMatch(/^waiting for: +a node with gpu/m)
    expect(await hookline('tasks')).toContain('waits for a node with gpu')
    expect(await hookline('nodes')).toMatch(
      /^front +live +receive.*\nplain +live +work.*\nwarning: no live node runs train; it needs a node with gpu$/m,
    )
    await until(
      async () => receiver.lines.join('\n'),
      (lines) => lines.includes('no live node runs these programs'),
    )

    await start('strong', '--role', 'work', '--label', 'gpu', '--label', 'eu')
    expect(await inState(id, 'succeeded')).toMatchObject({ waitingFor: null, attempts: 1 })
    const { history } = await receiver.get<{ history: unknown[] }>(`/api/tasks/${id}`)
    expect(history).toMatchObject([{ node: 'strong' }])
    await until(
      () => nodesNow(),
      ({ unserved }) => unserved.length === 0,
    )
  })

  it('drain one of them, wherever it is asked for', async () => {
    await until(
      () => nodesNow(),
      ({ nodes }) => nodes.length === 3,
    )
    // A task on each of both that work.
    const held = [await send('hold'), await send('hold'), await send('hold'), await send('hold')]
    await until(
      () => nodesNow(),
      ({ nodes }) => nodes.reduce((sum, { running: tasks }) => sum + tasks, 0) === held.length,
    )
    expect(await hookline('drain', 'plain')).toMatch(/^plain +draining +work/m)
    const plain = running.get('plain')
    const logged = () => plain?.lines.join('\n') ?? ''
    await until(
      async () => logged(),
      (lines) => lines.includes('draining: it claims no more tasks'),
    )
    const said = [await send('say'), await send('say'), await send('say')]
    for (const id of said) {
      await inState(id, 'succeeded')
      const { history } = await receiver.get<{ history: unknown[] }>(`/api/tasks/${id}`)
      expect(history).toMatchObject([{ node: 'strong' }])
    }
    expect(await plain?.get('/readyz')).toMatchObject({
      status: 'ready',
      checks: { draining: true },
    })
    // What ran goes on to its end.
    writeFileSync(join(folder, 'go'), '')
    for (const id of held) expect(await inState(id, 'succeeded')).toMatchObject({ attempts: 1 })
    const audit = await receiver.get<{ entries: object[] }>('/api/audit')
    expect(audit.entries).toContainEqual(
      expect.objectContaining({ action: 'node.drain', target: 'plain', outcome: 'done' }),
    )
  })

  it('know soon which of them was killed, and let a drained one work again', async () => {
    await running.get('strong')?.kill()
    running.delete('strong')
    const waits = await send('say')
    const { nodes, unserved } = await until(
      () => nodesNow(),
      (now) => now.nodes.some(({ name, live }) => name === 'strong' && !live),
    )
    expect(nodes.map(({ name, live, draining }) => ({ name, live, draining }))).toEqual([
      { name: 'front', live: true, draining: false },
      { name: 'plain', live: true, draining: true },
      { name: 'strong', live: false, draining: false },
    ])
    expect(unserved.map(({ program }) => program).toSorted()).toEqual(['hold', 'say', 'train'])
    expect(await taskOf(waits)).toMatchObject({ state: 'waiting', waitingFor: [] })
    expect(await hookline('task', waits)).toMatch(/^waiting for: +a node that runs tasks/m)

    expect(await hookline('drain', 'plain', '--undo')).toMatch(/^plain +live/m)
    expect(await inState(waits, 'succeeded')).toMatchObject({ attempts: 1 })
  })

  it('strike off one that stops', async () => {
    expect(await running.get('plain')?.stop()).toBe(0)
    const { nodes } = await until(
      () => nodesNow(),
      (now) => now.nodes.length === 2,
    )
    expect(nodes.map(({ name }) => name)).toEqual(['front', 'strong'])
    const answer = await receiver.post<{ code: string }>('/api/nodes/plain/drain')
    expect(answer.code).toBe('node_unknown')
  })
})
