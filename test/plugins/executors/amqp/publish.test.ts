import { type Channel, type ChannelModel, connect, type GetMessage } from 'amqplib'
import { type CloudEvent, HTTP } from 'cloudevents'
import type { ExecutorInstance } from 'hookline/sdk/executor'
import { makeRun, testExecutor } from 'hookline/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingTool } from '../../../requirements.ts'
import { NO_PROGRAM } from '../servers/no-program.ts'
import { type RabbitServer, startRabbit } from '../servers/rabbitmq.ts'
import { createAmqp } from './create-amqp.ts'

const reason = missingTool('rabbitmq-server')
const ID = 'tsk_00000000000000000000000001'
const SUCCEEDED = { status: 'succeeded' }

let server: RabbitServer
let model: ChannelModel
let channel: Channel

beforeAll(async () => {
  if (reason !== null) return
  server = await startRabbit()
  model = await connect(server.url)
  channel = await model.createChannel()
  await channel.assertExchange('hooks', 'topic', { durable: true })
  await channel.assertQueue('pushes')
  await channel.bindQueue('pushes', 'hooks', 'github.*')
  await channel.assertQueue('jobs')
}, 90_000)
afterAll(async () => {
  await model?.close()
  await server?.dispose()
}, 30_000)

const create = (more: Readonly<Record<string, unknown>>): ExecutorInstance =>
  createAmqp({ url: server.url, routingKey: 'jobs', ...more })

/** Runs an executor once and closes it. */
async function runOnce(more: Readonly<Record<string, unknown>>, run = makeRun().run) {
  const executor = create(more)
  try {
    return await executor.run(run)
  } finally {
    await executor.close?.()
  }
}

async function take(queue: string): Promise<GetMessage> {
  const message = await channel.get(queue, { noAck: true })
  if (message === false) throw new Error(`${queue} is empty`)
  return message
}

describe.skipIf(reason !== null)('amqp', () => {
  it('publishes a CloudEvent in binary mode, with exact numbers', async () => {
    const text = '{"id":12345678901234567890,"name":"ünï"}'
    const { run } = makeRun({
      type: 'push',
      facts: { branch: 'main' },
      payload: JSON.parse(text),
      stdin: `{"payload":${text}}`,
      env: { TRACEPARENT: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    })
    const outcome = await runOnce(
      {
        exchange: 'hooks',
        routingKey: 'github.{branch}',
        headers: { 'x-branch': '{branch}' },
        attributes: { subject: '{branch}', type: 'com.example.{event.type}' },
      },
      run,
    )
    expect(outcome).toEqual({
      status: 'succeeded',
      result: { id: ID, exchange: 'hooks', routingKey: 'github.main' },
    })
    const { content, properties, fields } = await take('pushes')
    expect(content.toString()).toBe(text)
    expect(fields.routingKey).toBe('github.main')
    expect(properties).toMatchObject({
      contentType: 'application/json',
      messageId: ID,
      deliveryMode: 2,
      appId: 'hookline',
      type: 'contract.push',
      timestamp: 0,
    })
    expect(properties.headers).toEqual({
      'x-branch': 'main',
      'cloudEvents:specversion': '1.0',
      'cloudEvents:id': ID,
      'cloudEvents:source': '/hookline/contract',
      'cloudEvents:type': 'com.example.push',
      'cloudEvents:subject': 'main',
      'cloudEvents:time': '1970-01-01T00:00:00.000Z',
      'cloudEvents:traceparent': '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    })
  })

  it('publishes a CloudEvent in structured mode that its own library reads', async () => {
    const { run } = makeRun({ type: 'push', payload: { size: 12 } })
    expect(await runOnce({ cloudEvents: 'structured' }, run)).toMatchObject(SUCCEEDED)
    const { content, properties } = await take('jobs')
    expect(properties.contentType).toBe('application/cloudevents+json; charset=utf-8')
    const headers = { 'content-type': properties.contentType }
    const event = HTTP.toEvent({ headers, body: content.toString() }) as CloudEvent
    expect(event.validate()).toBe(true)
    expect(event).toMatchObject({
      id: ID,
      type: 'contract.push',
      source: '/hookline/contract',
      data: { size: 12 },
    })
  })

  it('publishes any body without CloudEvents', async () => {
    const { run } = makeRun({ payload: { size: 12 } })
    const bodies = [
      { text: 'size {size}' },
      { json: { n: { cel: 'payload.size + 1.0' } } },
      'event',
    ]
    for (const body of bodies) {
      const more = { body, cloudEvents: 'off', persistent: false }
      expect(await runOnce(more, run)).toMatchObject(SUCCEEDED)
    }
    const [text, json, event] = [await take('jobs'), await take('jobs'), await take('jobs')]
    expect(text.content.toString()).toBe('size 12')
    expect(text.properties).toMatchObject({
      contentType: 'text/plain; charset=utf-8',
      deliveryMode: 1,
      headers: {},
    })
    expect(JSON.parse(json.content.toString())).toEqual({ n: 13 })
    expect(event.content.toString()).toBe(run.stdin)
  })

  it.each([
    [{ routingKey: 'nowhere' }, 'target_missing', 'has no queue "nowhere"', undefined],
    [
      { exchange: 'hooks', routingKey: 'gitlab.push' },
      'target_missing',
      'No queue takes a message of the exchange "hooks" with the routing key "gitlab.push"',
      undefined,
    ],
    [{ exchange: 'absent' }, 'target_missing', 'does not have the exchange "absent"', undefined],
    [
      { routingKey: 'é'.repeat(128) },
      'message_refused',
      'The routing key is longer than 255 bytes',
      false,
    ],
    [{ routingKey: '{absent}' }, 'param_missing', 'no value for `{absent}`', false],
  ])('says why %o fails', async (more, code, why, retryable) => {
    const outcome = await runOnce(more)
    expect(outcome).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(new RegExp(`^${code}: `)),
    })
    expect(outcome).toMatchObject({ reason: expect.stringContaining(why) })
    expect('retryable' in outcome ? outcome.retryable : undefined).toBe(retryable)
  })

  it.each([
    ['a wrong password', 'guest:not-to-be-shown', '', 'refuses the user or the password', false],
    [
      'a virtual host that is missing',
      'guest:guest',
      '/none',
      'does not open the virtual host "none"',
      undefined,
    ],
  ])('says of %s why, without a secret', async (_what, user, vhost, why, retryable) => {
    const url = `amqp://${user}@127.0.0.1:${server.port}${vhost}`
    const outcome = await runOnce({ url })
    expect('retryable' in outcome ? outcome.retryable : undefined).toBe(retryable)
    expect(outcome).toMatchObject({ reason: expect.stringMatching(/^broker_access_refused: /) })
    expect(outcome).toMatchObject({ reason: expect.stringContaining(why) })
    expect(JSON.stringify(outcome)).not.toContain('not-to-be-shown')
  })

  it('is retried where a queue is full, and the other messages are not', async () => {
    await channel.assertQueue('small', {
      arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' },
    })
    const executor = create({ routingKey: 'small' })
    expect(await executor.run(makeRun().run)).toMatchObject(SUCCEEDED)
    expect(await executor.run(makeRun().run)).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^broker_full: .* a queue is full/),
    })
    await channel.purgeQueue('small')
    expect(await executor.run(makeRun().run)).toMatchObject(SUCCEEDED)
    await executor.close?.()
  })

  it('keeps one connection, and goes on after an exchange came into being', async () => {
    const executor = create({ exchange: 'later', routingKey: '' })
    expect(await executor.run(makeRun().run)).toMatchObject({ status: 'failed' })
    await channel.assertExchange('later', 'fanout')
    await channel.assertQueue('late')
    await channel.bindQueue('late', 'later', '')
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => executor.run(makeRun().run)),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => 'succeeded'))
    expect((await channel.purgeQueue('late')).messageCount).toBe(20)
    await executor.close?.()
    expect(await executor.run(makeRun().run)).toMatchObject({ status: 'failed' })
  })

  testExecutor(
    { describe, it },
    {
      stopSeconds: 3,
      programs: {
        ...NO_PROGRAM,
        succeed: () => create({}),
        fail: () => create({ routingKey: 'nowhere' }),
        'fail-for-good': () => create({ url: `amqp://a:b@127.0.0.1:${server.port}` }),
        'ignore-input': () => create({ body: 'event' }),
      },
    },
  )
})
