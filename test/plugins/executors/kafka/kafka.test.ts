import { AuthenticationError, ProtocolError } from '@platformatic/kafka'
import { type CloudEvent, Kafka } from 'cloudevents'
import { kafka } from 'hookline/executors'
import type { ExecutorInstance } from 'hookline/sdk/executor'
import { makeContext, makeRun, testExecutor } from 'hookline/testing'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { kafkaFault } from '../../../../plugins/executors/kafka/faults.ts'
import { missingTool } from '../../../requirements.ts'
import { type KafkaCluster, type KafkaMessage, startKafka } from '../servers/kafka.ts'
import { NO_PROGRAM } from '../servers/no-program.ts'

const reason = missingTool('kcat')
const ID = 'tsk_00000000000000000000000001'
const SUCCEEDED = { status: 'succeeded' }

let cluster: KafkaCluster
let before = 0

beforeAll(async () => {
  if (reason === null) cluster = await startKafka()
}, 60_000)
beforeEach(() => {
  cluster?.thaw()
  before = cluster?.messages().length ?? 0
})
afterAll(() => cluster?.dispose())

function create(more: Readonly<Record<string, unknown>> = {}): ExecutorInstance {
  const { definition } = kafka
  const usual = { brokers: [cluster.broker], topic: 'hooks' }
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

/** The messages that this test has sent, once there are so many. */
async function consumed(count: number): Promise<readonly KafkaMessage[]> {
  const own = () => cluster.messages().slice(before)
  await vi.waitFor(() => expect(own().length).toBeGreaterThanOrEqual(count), 15_000)
  return own()
}

function headersOf({ headers = [] }: KafkaMessage): Record<string, string> {
  const pairs = Array.from({ length: headers.length / 2 }, (_, i) =>
    headers.slice(i * 2, i * 2 + 2),
  )
  return Object.fromEntries(pairs)
}

describe.skipIf(reason !== null)('kafka', () => {
  it.each([true, false])(
    'publishes CloudEvents that their own library reads, idempotent: %s',
    async (idempotent) => {
      const { run } = makeRun({ type: 'push', facts: { branch: 'main' }, payload: { size: 12 } })
      const more = { key: '{branch}', headers: { 'x-branch': '{branch}' }, idempotent }
      expect(await runOnce(more, run)).toEqual({
        status: 'succeeded',
        result: {
          id: ID,
          topic: 'hooks',
          partition: expect.any(Number),
          offset: expect.stringMatching(/^\d+$/),
        },
      })
      expect(await runOnce({ ...more, cloudEvents: 'structured' }, run)).toMatchObject(SUCCEEDED)
      const [binary, structured] = (await consumed(2)) as [KafkaMessage, KafkaMessage]
      expect([binary.key, structured.key]).toEqual(['main', 'main'])
      expect(structured.partition).toBe(binary.partition)
      expect(binary.payload).toBe('{"size":12}')
      expect(headersOf(binary)).toEqual({
        'content-type': 'application/json',
        'x-branch': 'main',
        ce_specversion: '1.0',
        ce_id: ID,
        ce_source: '/hookline/contract',
        ce_type: 'contract.push',
        ce_time: '1970-01-01T00:00:00.000Z',
      })
      for (const { payload, ...message } of [binary, structured]) {
        const event = Kafka.toEvent({
          headers: headersOf({ payload, ...message }),
          body: payload,
          key: 'main',
          value: payload,
        } as never) as CloudEvent
        expect(event.validate()).toBe(true)
        expect(event).toMatchObject({ id: ID, type: 'contract.push', data: { size: 12 } })
      }
    },
  )

  it('publishes many at once over one producer, each once', async () => {
    const executor = create({ cloudEvents: 'off', body: { text: '{event.type}' }, key: 'k' })
    const types = Array.from({ length: 100 }, (_, index) => `number_${index}`)
    const outcomes = await Promise.all(types.map((type) => executor.run(makeRun({ type }).run)))
    await executor.close?.()
    expect(outcomes.filter(({ status }) => status !== 'succeeded')).toEqual([])
    const found = (await consumed(100)).map(({ payload }) => payload)
    expect(found.toSorted()).toEqual(types.toSorted())
  })

  it.each([
    [{ topic: 'a b' }, /^message_refused: "a b" is no name of a topic/, false],
    [{ topic: '..' }, /^message_refused: /, false],
    [{ key: '{absent}' }, /^param_missing: /, false],
    [
      { brokers: ['127.0.0.1:1'] },
      /^broker_unreachable: Kafka at 127.0.0.1:1 cannot be reached: ECONNREFUSED/,
      true,
    ],
  ])('says why %j fails', async (more, why, retryable) => {
    expect(await runOnce(more)).toMatchObject({ retryable, reason: expect.stringMatching(why) })
  })

  it.each([
    ['UNKNOWN_TOPIC_OR_PARTITION', 'target_missing', undefined],
    ['TOPIC_AUTHORIZATION_FAILED', 'broker_access_refused', undefined],
    ['SASL_AUTHENTICATION_FAILED', 'broker_access_refused', false],
    ['NOT_ENOUGH_REPLICAS', 'broker_full', true],
    ['MESSAGE_TOO_LARGE', 'message_refused', false],
  ])('takes %s of a broker for %s', (id, code, retryable) => {
    const made = kafkaFault('Kafka at k:9092', 'hooks', new AggregateError([new ProtocolError(id)]))
    expect(made).toMatchObject({ code, message: expect.stringContaining(`(${id})`) })
    expect((made as { fields: { retryable?: boolean } }).fields.retryable).toBe(retryable)
  })

  it('takes a failed login for one, and leaves the rest to be tried again', () => {
    const login = kafkaFault('Kafka', null, new AuthenticationError('no'))
    expect(login).toMatchObject({ code: 'broker_access_refused', fields: { retryable: false } })
    const other = new AggregateError([new ProtocolError('NOT_ENOUGH_REPLICAS_AFTER_APPEND')])
    expect(kafkaFault('Kafka', 'hooks', other)).toMatchObject({
      code: 'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    })
  })

  it('does not hold up a run that is late or stopped', async () => {
    const executor = create({ confirmSeconds: 2 })
    expect(await executor.run(makeRun().run)).toMatchObject(SUCCEEDED)
    await cluster.freeze()
    const stopped = makeRun()
    const run = executor.run(stopped.run)
    stopped.abort('cancelled')
    expect(await run).toEqual({ status: 'failed', reason: 'stopped: cancelled' })
    const late = [await executor.run(makeRun().run), await executor.run(makeRun().run)]
    cluster.thaw()
    expect(late).toMatchObject([
      { retryable: true, reason: expect.stringMatching(/^message_unconfirmed: /) },
      { retryable: true, reason: expect.stringMatching(/^broker_unreachable: /) },
    ])
    await executor.close?.()
    expect(await runOnce({})).toMatchObject(SUCCEEDED)
  })

  it('is opened again after the cluster was killed before it confirmed', async () => {
    const executor = create({ idempotent: false })
    expect(await executor.run(makeRun().run)).toMatchObject(SUCCEEDED)
    await cluster.freeze()
    const cut = executor.run(makeRun().run)
    await cluster.kill()
    expect(await cut).toMatchObject({
      retryable: true,
      reason: expect.stringMatching(/^message_unconfirmed: .* before the message was confirmed: /),
    })
    await cluster.start()
    before = 0
    expect(await executor.run(makeRun({ attempt: 2 }).run)).toMatchObject(SUCCEEDED)
    expect(await consumed(1)).toHaveLength(1)
    await executor.close?.()
  })

  testExecutor(
    { describe, it },
    {
      stopSeconds: 3,
      programs: {
        ...NO_PROGRAM,
        succeed: () => create(),
        fail: () => create({ brokers: ['127.0.0.1:1'] }),
        'fail-for-good': () => create({ topic: '..' }),
        'ignore-input': { skip: 'a broker takes messages of 1 MiB at most' },
      },
    },
  )
})
