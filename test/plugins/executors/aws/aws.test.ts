import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { type CloudEvent, HTTP } from 'cloudevents'
import { type FauxqsServer, startFauxqs } from 'fauxqs'
import { sns, sqs } from 'hookline/executors'
import type { ExecutorInstance } from 'hookline/sdk/executor'
import { makeContext, makeRun, testExecutor } from 'hookline/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NO_PROGRAM } from '../servers/no-program.ts'

const ID = 'tsk_00000000000000000000000001'
const SUCCEEDED = { status: 'succeeded' }
const QUEUE = 'https://sqs.eu-central-1.amazonaws.com/123456789012/hooks'
const KEYS = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'not-to-be-shown' }

/** An emulator of both services. */
let server: FauxqsServer
let client: SQSClient

beforeAll(async () => {
  server = await startFauxqs({ port: 0, logger: false })
  client = new SQSClient({
    endpoint: server.address,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  })
})
afterAll(() => server?.stop())

type Options = Readonly<Record<string, unknown>>

function createSqs(options: Options): ExecutorInstance {
  const { definition } = sqs
  const usual = { region: 'us-east-1', endpoint: server.address, ...KEYS }
  return definition.create(
    definition.options.strict().parse({ ...usual, ...options }),
    makeContext(),
  )
}

function createSns(options: Options): ExecutorInstance {
  const { definition } = sns
  const usual = { endpoint: server.address, ...KEYS }
  return definition.create(
    definition.options.strict().parse({ ...usual, ...options }),
    makeContext(),
  )
}

async function runOnce(executor: ExecutorInstance, run = makeRun().run) {
  try {
    return await executor.run(run)
  } finally {
    await executor.close?.()
  }
}

async function receive(queueUrl: string): Promise<readonly Message[]> {
  const { Messages = [] } = await client.send(
    new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    }),
  )
  return Messages
}

const textOf = (message: Message | undefined, name: string) =>
  message?.MessageAttributes?.[name]?.StringValue

describe('sqs', () => {
  it('sends a CloudEvent in structured mode, which its own library reads', async () => {
    const { queueUrl } = server.createQueue('hooks')
    const { run } = makeRun({
      type: 'push',
      facts: { branch: 'main', none: '' },
      payload: { size: 12 },
    })
    const headers = { branch: '{branch}', empty: '{none}' }
    expect(await runOnce(createSqs({ queueUrl, headers }), run)).toEqual({
      status: 'succeeded',
      result: { id: ID, messageId: expect.any(String), sequence: null },
    })
    const [message] = await receive(queueUrl)
    expect(Object.keys(message?.MessageAttributes ?? {}).toSorted()).toEqual([
      'branch',
      'content-type',
    ])
    expect(textOf(message, 'branch')).toBe('main')
    const event = HTTP.toEvent({
      headers: { 'content-type': textOf(message, 'content-type') },
      body: message?.Body,
    }) as CloudEvent
    expect(event.validate()).toBe(true)
    expect(event).toMatchObject({ id: ID, type: 'contract.push', data: { size: 12 } })
  })

  it('sends to a FIFO queue once, in the group that it is given', async () => {
    const attributes = { FifoQueue: 'true' }
    const { queueUrl } = server.createQueue('hooks.fifo', { attributes })
    const more = { queueUrl, cloudEvents: 'binary', body: { text: 'ü {branch}' } }
    const { run } = makeRun({ facts: { branch: 'main', none: '' } })
    const grouped = createSqs({ ...more, group: '{branch}' })
    const [first, second] = [await grouped.run(run), await grouped.run({ ...run, attempt: 2 })]
    expect(first).toMatchObject({ ...SUCCEEDED, result: { sequence: expect.any(String) } })
    expect(second).toMatchObject(SUCCEEDED)
    const alone = createSqs({ ...more, group: '{none}', attributes: { subject: '{none}' } })
    expect(await runOnce(alone, { ...run, taskId: `${ID}x` })).toMatchObject(SUCCEEDED)
    await grouped.close?.()
    const messages = await receive(queueUrl)
    expect(messages.map(({ Body }) => Body)).toEqual(['ü main', 'ü main'])
    expect(messages.map(({ Attributes }) => Attributes?.MessageGroupId)).toEqual(['main', `${ID}x`])
    expect(messages[0]?.Attributes?.MessageDeduplicationId).toBe(ID)
    expect(textOf(messages[0], 'ce_type')).toBe('contract.sample')
    expect(textOf(messages[0], 'content-type')).toBe('text/plain; charset=utf-8')
  })

  it('says why it fails', async () => {
    const { queueUrl } = server.createQueue('other')
    expect(await runOnce(createSqs({ queueUrl: `${queueUrl}-none` }))).toEqual({
      status: 'failed',
      reason: expect.stringMatching(
        /^target_missing: SQS has no "http.*other-none" \(QueueDoesNotExist\)/,
      ),
    })
    const headers = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`h${index}`, 'x']))
    expect(await runOnce(createSqs({ queueUrl, headers }))).toMatchObject({
      retryable: false,
      reason: expect.stringMatching(
        /^message_refused: The message has 11 attributes; SQS allows 10/,
      ),
    })
    const large = makeRun({ payload: 'x'.repeat(2_000_000) })
    expect(await runOnce(createSqs({ queueUrl }), large.run)).toMatchObject({
      retryable: false,
      reason: expect.stringMatching(/^message_refused: SQS refuses the message: it is too large/),
    })
  })

  it.each([
    [{ headers: { 'content-type': 'x' } }, 'is set by Hookline'],
    [{ headers: { 'AWS.x': 'x' } }, 'is no name of a message attribute'],
    [{ secretAccessKey: undefined }, 'must be given together'],
    [{ queueUrl: 'https://a:b@example.com/1/q' }, 'must hold no user'],
  ])('refuses %j', (more, why) => {
    expect(() => createSqs({ queueUrl: 'https://example.com/1/q', ...more })).toThrow(why)
  })

  testExecutor(
    { describe, it },
    {
      stopSeconds: 3,
      programs: {
        ...NO_PROGRAM,
        succeed: () => createSqs({ queueUrl: server.createQueue('contract').queueUrl }),
        fail: () => createSqs({ queueUrl: `${server.address}/000000000000/none` }),
        'fail-for-good': () => createSqs({ queueUrl: QUEUE, body: { text: '{absent}' } }),
        'ignore-input': { skip: 'SQS takes messages of 1 MiB at most' },
      },
    },
  )
})

describe('sns', () => {
  it('publishes what the queues of a topic get', async () => {
    const { topicArn } = server.createTopic('events')
    const { queueUrl } = server.createQueue('fan')
    server.subscribe({ topic: 'events', queue: 'fan' })
    const { run } = makeRun({ type: 'push', payload: { size: 12 } })
    const more = { topicArn, subject: `pushed\n${'é'.repeat(200)}`, headers: { kind: 'push' } }
    expect(await runOnce(createSns(more), run)).toEqual({
      status: 'succeeded',
      result: { id: ID, messageId: expect.any(String), sequence: null },
    })
    const [message] = await receive(queueUrl)
    const envelope = JSON.parse(message?.Body ?? '')
    expect(envelope.Subject).toBe(`pushed ${'é'.repeat(92)}`)
    expect(envelope.MessageAttributes.kind.Value).toBe('push')
    expect(JSON.parse(envelope.Message)).toMatchObject({
      specversion: '1.0',
      id: ID,
      type: 'contract.push',
      data: { size: 12 },
    })
  })

  it('publishes to a FIFO topic once', async () => {
    const attributes = { FifoTopic: 'true' }
    const { topicArn } = server.createTopic('events.fifo', { attributes })
    const { queueUrl } = server.createQueue('fan.fifo', { attributes: { FifoQueue: 'true' } })
    server.subscribe({ topic: 'events.fifo', queue: 'fan.fifo' })
    const executor = createSns({ topicArn })
    for (const attempt of [1, 2]) {
      expect(await executor.run(makeRun({ attempt }).run)).toMatchObject(SUCCEEDED)
    }
    await executor.close?.()
    expect(await receive(queueUrl)).toHaveLength(1)
  })

  it('says that a topic is missing, and what is no topic', async () => {
    const topicArn = 'arn:aws:sns:us-east-1:000000000000:none'
    expect(await runOnce(createSns({ topicArn }))).toEqual({
      status: 'failed',
      reason: expect.stringMatching(/^target_missing: SNS has no "arn:aws:sns:us-east-1:0+:none"/),
    })
    expect(() => createSns({ topicArn: 'arn:aws:sqs:us-east-1:000000000000:q' })).toThrow(
      /ARN of a topic/,
    )
  })
})
