import { createClient, type RedisClientType } from '@redis/client'
import { type CloudEvent, HTTP } from 'cloudevents'
import { redis } from 'hookline/executors'
import type { ExecutorInstance } from 'hookline/sdk/executor'
import { makeContext, makeRun, testExecutor } from 'hookline/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { missingTool } from '../../../requirements.ts'
import { NO_PROGRAM } from '../servers/no-program.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'

const reason = missingTool('redis-server')
const ID = 'tsk_00000000000000000000000001'
const SUCCEEDED = { status: 'succeeded' }

let server: RedisServer
let client: RedisClientType

beforeAll(async () => {
  if (reason !== null) return
  server = await startRedis()
  await connect()
}, 60_000)
afterEach(async () => {
  server?.thaw()
  await client?.sendCommand(['FLUSHALL'])
})
afterAll(() => server?.dispose())

async function connect(): Promise<void> {
  client = createClient({ url: server.url, RESP: 2 }) as unknown as RedisClientType
  client.on('error', () => {})
  await client.connect()
}

function create(more: Readonly<Record<string, unknown>> = {}): ExecutorInstance {
  const { definition } = redis
  const options = definition.options.strict().parse({ url: server.url, stream: 'hooks', ...more })
  return definition.create(options, makeContext())
}

async function runOnce(more: Readonly<Record<string, unknown>>, run = makeRun().run) {
  const executor = create(more)
  try {
    return await executor.run(run)
  } finally {
    await executor.close?.()
  }
}

/** The fields of each entry. */
async function entries(stream = 'hooks'): Promise<readonly Record<string, string | undefined>[]> {
  const found = await client.xRange(stream, '-', '+')
  return (found ?? []).map(({ message }) => ({ ...message }))
}

describe.skipIf(reason !== null)('redis', () => {
  it('adds a CloudEvent in structured mode, which its own library reads', async () => {
    const facts = { branch: 'main', tag: '' }
    const { run } = makeRun({ type: 'push', facts, payload: { size: 12 } })
    const attributes = { subject: '{tag}' }
    const more = { stream: 'hooks:{branch}', headers: { branch: '{branch}' }, attributes }
    const outcome = await runOnce(more, run)
    expect(outcome).toEqual({
      status: 'succeeded',
      result: { id: ID, stream: 'hooks:main', entry: expect.stringMatching(/^\d+-\d+$/) },
    })
    const [entry] = await entries('hooks:main')
    expect(entry).toMatchObject({ id: ID, branch: 'main' })
    const headers = { 'content-type': entry?.['content-type'] }
    const event = HTTP.toEvent({ headers, body: entry?.['body'] }) as CloudEvent
    expect(event.validate()).toBe(true)
    expect(event).toMatchObject({ id: ID, type: 'contract.push', data: { size: 12 } })
  })

  it('adds other forms, and keeps the stream short', async () => {
    expect(await runOnce({ cloudEvents: 'binary', body: { text: 'ü' } })).toMatchObject(SUCCEEDED)
    expect(await entries()).toMatchObject([
      {
        id: ID,
        ce_type: 'contract.sample',
        ce_id: ID,
        body: 'ü',
        'content-type': 'text/plain; charset=utf-8',
      },
    ])
    const executor = create({ maxLength: 10, cloudEvents: 'off' })
    await Promise.all(Array.from({ length: 300 }, () => executor.run(makeRun().run)))
    // Redis removes whole nodes of about a hundred entries.
    expect((await entries()).length).toBeLessThan(250)
    await executor.close?.()
  })

  it('adds nothing to a key that is empty', async () => {
    const { run } = makeRun({ facts: { branch: '' } })
    expect(await runOnce({ stream: '{branch}' }, run)).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^message_refused: The key of the stream is empty/),
    })
  })

  it('adds a message once if it is told to, also after the reply was lost', async () => {
    const executor = create({ dedupSeconds: 60 })
    const [first, second] = [
      await executor.run(makeRun().run),
      await executor.run(makeRun({ attempt: 2 }).run),
    ]
    expect(second).toEqual(first)
    expect(await entries()).toHaveLength(1)
    expect(await client.ttl(`hookline:{hooks}:${ID}`)).toBeGreaterThan(50)
    await client.sendCommand(['FLUSHALL'])
    // The server gets the message, but this node is told nothing.
    await server.freeze()
    const stopped = makeRun()
    const run = executor.run(stopped.run)
    await new Promise((resolve) => setTimeout(resolve, 100))
    stopped.abort('stopping')
    expect(await run).toEqual({ status: 'failed', reason: 'stopped: stopping' })
    server.thaw()
    expect(await executor.run(makeRun({ attempt: 2 }).run)).toMatchObject(SUCCEEDED)
    expect(await entries()).toHaveLength(1)
    await executor.close?.()
  })

  it.each([
    ['a stream that is missing', { create: false }, /^target_missing: .* has no stream "hooks"/],
    [
      'one that is missing, once',
      { create: false, dedupSeconds: 9 },
      /^target_missing: .* has no stream "hooks"/,
    ],
    [
      'a key of another type',
      { stream: 'text' },
      /^target_missing: The key "text" .* is not a stream/,
    ],
  ])('fails for %s', async (_what, more, why) => {
    await client.set('text', 'text')
    const outcome = await runOnce(more)
    expect(outcome).toMatchObject({ status: 'failed', reason: expect.stringMatching(why) })
    expect(outcome).not.toHaveProperty('retryable')
  })

  it('says of users, permissions and limits why', async () => {
    await client.sendCommand(['ACL', 'SETUSER', 'ann', 'on', '>not-to-be-shown', '~other', '+@all'])
    const url = (password: string) => `redis://ann:${password}@127.0.0.1:${server.port}`
    expect(await runOnce({ url: url('wrong') })).toMatchObject({
      retryable: false,
      reason: expect.stringMatching(/^broker_access_refused: .* \(WRONGPASS\)/),
    })
    const outcome = await runOnce({ url: url('not-to-be-shown') })
    expect(outcome).toMatchObject({
      reason: expect.stringMatching(/^broker_access_refused: .* write to the stream "hooks"/),
    })
    expect(JSON.stringify(outcome)).not.toContain('not-to-be-shown')
    await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '1'])
    const full = await runOnce({})
    await client.sendCommand(['CONFIG', 'SET', 'maxmemory', '0'])
    expect(full).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^broker_full: .* \(OOM\)/),
    })
  })

  it('leaves a server that has become a replica', async () => {
    const executor = create()
    expect(await executor.run(makeRun().run)).toMatchObject(SUCCEEDED)
    await client.sendCommand(['REPLICAOF', '127.0.0.1', '1'])
    const outcome = await executor.run(makeRun().run)
    await client.sendCommand(['REPLICAOF', 'NO', 'ONE'])
    expect(outcome).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^broker_unreachable: .* \(READONLY\)/),
    })
    expect(await executor.run(makeRun().run)).toMatchObject(SUCCEEDED)
    await executor.close?.()
  })

  it('is opened again after the server was killed before it replied', async () => {
    const executor = create()
    expect(await executor.run(makeRun().run)).toMatchObject(SUCCEEDED)
    await server.freeze()
    const cut = executor.run(makeRun().run)
    await server.kill()
    expect(await cut).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(
        /^message_unconfirmed: .* before the message was confirmed: (Socket|ECONN)/,
      ),
    })
    expect(await executor.run(makeRun({ attempt: 2 }).run)).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^broker_unreachable: .*: ECONNREFUSED/),
    })
    await server.start()
    await connect()
    expect(await executor.run(makeRun({ attempt: 3 }).run)).toMatchObject(SUCCEEDED)
    expect(await entries()).toHaveLength(2)
    await executor.close?.()
  })

  it('does not hold up a run that is late', async () => {
    const executor = create({ confirmSeconds: 2 })
    expect(await executor.run(makeRun().run)).toMatchObject(SUCCEEDED)
    await server.freeze()
    const late = [await executor.run(makeRun().run), await executor.run(makeRun().run)]
    server.thaw()
    expect(late).toMatchObject([
      { reason: expect.stringMatching(/^message_unconfirmed: .* within 2 s/) },
      { reason: expect.stringMatching(/^broker_unreachable: .* within 2 s/) },
    ])
    await executor.close?.()
  })

  it('sends nothing for a run that was stopped before the connection was open', async () => {
    const executor = create()
    await server.freeze()
    const stopped = makeRun()
    const run = executor.run(stopped.run)
    stopped.abort('timeout')
    expect(await run).toEqual({ status: 'failed', reason: 'stopped: timeout' })
    server.thaw()
    expect(await executor.run(makeRun({ attempt: 2 }).run)).toMatchObject(SUCCEEDED)
    expect(await entries()).toHaveLength(1)
    await executor.close?.()
  })

  testExecutor(
    { describe, it },
    {
      stopSeconds: 3,
      programs: {
        ...NO_PROGRAM,
        succeed: () => create(),
        fail: () => create({ create: false, stream: 'absent' }),
        'fail-for-good': () => create({ url: `redis://a:b@127.0.0.1:${server.port}` }),
        'ignore-input': () => create({ body: 'event', cloudEvents: 'off' }),
      },
    },
  )
})
