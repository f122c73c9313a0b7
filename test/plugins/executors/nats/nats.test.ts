import { type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { type CloudEvent, HTTP } from 'cloudevents'
import { nats } from 'hookline/executors'
import type { ExecutorInstance } from 'hookline/sdk/executor'
import { makeContext, makeRun, testExecutor } from 'hookline/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { missingTool } from '../../../requirements.ts'
import { type NatsServer, startNats } from '../servers/nats.ts'
import { NO_PROGRAM } from '../servers/no-program.ts'

const reason = missingTool('nats-server')
const ID = 'tsk_00000000000000000000000001'
const SUCCEEDED = { status: 'succeeded' }
const USERS = `authorization { users: [
  { user: ann, password: "p@ss/word" },
  { user: bob, password: "bob", permissions: { publish: "other.>", subscribe: "_INBOX.>" } },
] }`

let server: NatsServer
let connection: NatsConnection
let manager: JetStreamManager

beforeAll(async () => {
  if (reason !== null) return
  server = await startNats(USERS)
  await attach()
  await manager.streams.add({ name: 'hooks', subjects: ['hooks.>'] })
}, 60_000)
// Each run of a test has the same id, which a stream remembers.
beforeEach(async () => {
  server?.thaw()
  await manager?.streams.delete('hooks')
  await manager?.streams.add({ name: 'hooks', subjects: ['hooks.>'] })
})
afterAll(async () => {
  await connection?.close()
  await server?.dispose()
})

async function attach(): Promise<void> {
  const options = { user: 'ann', pass: 'p@ss/word', reconnect: false }
  connection = await connect({ servers: server.url, ...options })
  manager = await jetstreamManager(connection)
}

const urlOf = (user: string) => server.url.replace('//', `//${user}@`)

function create(more: Readonly<Record<string, unknown>> = {}): ExecutorInstance {
  const { definition } = nats
  const usual = { url: urlOf('ann:p%40ss%2Fword'), subject: 'hooks.a' }
  return definition.create(definition.options.strict().parse({ ...usual, ...more }), makeContext())
}

async function runOnce(more: Readonly<Record<string, unknown>>, run = makeRun().run) {
  const executor = create(more)
  try {
    return await executor.run(run)
  } finally {
    await executor.close?.()
  }
}

async function last(subject: string) {
  const message = await manager.streams.getMessage('hooks', { last_by_subj: subject })
  const names = [...(message?.header ?? [])].map(([name, [value]]) => [name, value])
  return { body: message?.string(), headers: Object.fromEntries(names) }
}

const count = async () => (await manager.streams.info('hooks')).state.messages

describe.skipIf(reason !== null)('nats', () => {
  it('publishes a CloudEvent in binary mode, and once however often it runs', async () => {
    const { run } = makeRun({ type: 'push', facts: { branch: 'main' }, payload: { size: 12 } })
    const more = {
      subject: 'hooks.{branch}',
      stream: 'hooks',
      headers: { 'X-Branch': '{branch}' },
      attributes: { subject: 'ü "{branch}"' },
    }
    const result = { id: ID, subject: 'hooks.main', stream: 'hooks', sequence: 1 }
    expect(await runOnce(more, run)).toEqual({
      status: 'succeeded',
      result: { ...result, duplicate: false },
    })
    expect(await runOnce(more, run)).toEqual({
      status: 'succeeded',
      result: { ...result, duplicate: true },
    })
    expect(await count()).toBe(1)
    const { body, headers } = await last('hooks.main')
    expect(body).toBe('{"size":12}')
    expect(headers).toEqual({
      'Nats-Msg-Id': ID,
      'Nats-Expected-Stream': 'hooks',
      'X-Branch': 'main',
      'ce-specversion': '1.0',
      'ce-id': ID,
      'ce-source': '/hookline/contract',
      'ce-type': 'contract.push',
      'ce-subject': '%C3%BC%20%22main%22',
      'ce-time': '1970-01-01T00:00:00.000Z',
      'ce-datacontenttype': 'application/json',
    })
    const decoded = HTTP.toEvent({
      headers: { ...headers, 'content-type': 'application/json' },
      body,
    })
    expect(decoded).toMatchObject({ data: { size: 12 }, type: 'contract.push' })
  })

  it('publishes a CloudEvent in structured mode, or none', async () => {
    expect(await runOnce({ cloudEvents: 'structured' })).toMatchObject(SUCCEEDED)
    const { body, headers } = await last('hooks.a')
    const event = HTTP.toEvent({
      headers: { 'content-type': headers['Content-Type'] },
      body,
    }) as CloudEvent
    expect(event.validate()).toBe(true)
    expect(event.id).toBe(ID)
    const plain = { cloudEvents: 'off', body: { text: 'ü' }, subject: 'plain' }
    await manager.streams.add({ name: 'plain', subjects: ['plain'] })
    expect(await runOnce(plain)).toMatchObject(SUCCEEDED)
    const message = await manager.streams.getMessage('plain', { seq: 1 })
    expect(message?.string()).toBe('ü')
    expect(message?.header.get('Content-Type')).toBe('text/plain; charset=utf-8')
  })

  it.each([
    [
      { subject: 'nowhere' },
      /^target_missing: No stream of .* takes the subject "nowhere"/,
      undefined,
    ],
    [{ stream: 'other' }, /^target_missing: Another stream .* not "other"/, undefined],
    [
      { subject: 'hooks.{event.type}.*' },
      /^message_refused: "hooks.sample.\*" is no subject/,
      false,
    ],
    [{ subject: 'hooks.a b' }, /^message_refused: "hooks.a b" is no subject/, false],
    [{ subject: 'hooks..a' }, /^message_refused: /, false],
    [{ headers: { a: 'x\ny' } }, /^message_refused: The header a has more than one line/, false],
  ])('says why %j fails', async (more, why, retryable) => {
    const outcome = await runOnce(more)
    expect(outcome).toMatchObject({ reason: expect.stringMatching(why) })
    expect('retryable' in outcome ? outcome.retryable : undefined).toBe(retryable)
  })

  it('says of users, permissions, sizes and limits why', async () => {
    expect(await runOnce({ url: urlOf('ann:not-to-be-shown') })).toEqual({
      status: 'failed',
      retryable: false,
      reason: expect.stringMatching(
        /^broker_access_refused: NATS at 127.0.0.1:\d+ refuses the credentials\. [^:]+$/,
      ),
    })
    expect(await runOnce({ url: urlOf('bob:bob') })).toMatchObject({
      reason: expect.stringMatching(/^broker_access_refused: .* publish to the subject "hooks.a"/),
    })
    const large = makeRun({ payload: 'x'.repeat(2_000_000) })
    expect(await runOnce({}, large.run)).toMatchObject({
      retryable: false,
      reason: expect.stringMatching(/^message_refused: The message is larger than NATS/),
    })
    const limits = { max_msgs: 1, discard: 'new', max_msg_size: 10_000 }
    await manager.streams.add({ name: 'small', subjects: ['small'], ...limits } as never)
    expect(
      await runOnce({ subject: 'small' }, makeRun({ payload: 'x'.repeat(20_000) }).run),
    ).toMatchObject({
      retryable: false,
      reason: expect.stringMatching(/^message_refused: .* its stream/),
    })
    await jetstream(connection).publish('small', 'first')
    expect(await runOnce({ subject: 'small' })).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^broker_full: .* \(10077\)/),
    })
  })

  it('publishes once, although the server was killed before it confirmed', async () => {
    const executor = create()
    await server.freeze()
    const late = create({ confirmSeconds: 0.5 })
    expect(await late.run(makeRun().run)).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^broker_unreachable: .* within 0.5 s/),
    })
    server.thaw()
    expect(await executor.run(makeRun().run)).toMatchObject(SUCCEEDED)
    await server.freeze()
    const cut = executor.run(makeRun({ attempt: 2 }).run)
    const stopped = makeRun()
    const other = executor.run(stopped.run)
    stopped.abort('cancelled')
    expect(await other).toEqual({ status: 'failed', reason: 'stopped: cancelled' })
    await server.kill()
    expect(await cut).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^message_unconfirmed: .* before the message was confirmed/),
    })
    expect(await executor.run(makeRun({ attempt: 3 }).run)).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^broker_unreachable: .*: ECONNREFUSED/),
    })
    await server.start()
    await attach()
    expect(await executor.run(makeRun({ attempt: 4 }).run)).toMatchObject({
      result: { duplicate: true },
    })
    expect(await count()).toBe(1)
    await Promise.all([executor.close?.(), late.close?.()])
  })

  testExecutor(
    { describe, it },
    {
      stopSeconds: 3,
      programs: {
        ...NO_PROGRAM,
        succeed: () => create(),
        fail: () => create({ subject: 'nowhere' }),
        'fail-for-good': () => create({ url: urlOf('a:b') }),
        'ignore-input': { skip: 'a server takes messages of 1 MiB at most' },
      },
    },
  )
})
