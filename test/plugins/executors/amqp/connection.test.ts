import { connect } from 'amqplib'
import { makeRun } from 'hookline/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { missingTool } from '../../../requirements.ts'
import { type RabbitServer, startRabbit } from '../servers/rabbitmq.ts'
import { createAmqp } from './create-amqp.ts'

const reason = missingTool('rabbitmq-server')
const SUCCEEDED = { status: 'succeeded' }

let server: RabbitServer

beforeAll(async () => {
  if (reason !== null) return
  server = await startRabbit()
  await onServer((channel) => channel.assertQueue('jobs'))
}, 90_000)
afterAll(() => server?.dispose(), 30_000)

async function onServer<Result>(
  work: (
    channel: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createChannel']>>,
  ) => Promise<Result>,
): Promise<Result> {
  const model = await connect(server.url)
  try {
    return await work(await model.createChannel())
  } finally {
    await model.close()
  }
}

const create = (more: Readonly<Record<string, unknown>> = {}) =>
  createAmqp({ url: server.url, routingKey: 'jobs', ...more })

const failed = (start: RegExp) => ({
  status: 'failed',
  retryable: true,
  reason: expect.stringMatching(start),
})

describe.skipIf(reason !== null)('the connection to RabbitMQ', () => {
  it('is opened again after the broker was killed between message and confirmation', async () => {
    const executor = create()
    expect(await executor.run(makeRun().run)).toMatchObject(SUCCEEDED)
    await server.freeze()
    const cut = executor.run(makeRun().run)
    await server.kill()
    expect(await cut).toMatchObject(
      failed(/^message_unconfirmed: .* before the message was confirmed: (?!Error)/),
    )
    expect(await executor.run(makeRun({ attempt: 2 }).run)).toMatchObject(
      failed(/^broker_unreachable: .*: ECONNREFUSED/),
    )
    await server.start()
    expect(await executor.run(makeRun({ attempt: 3 }).run)).toMatchObject(SUCCEEDED)
    await executor.close?.()
    // Both were persistent, in a durable queue.
    expect((await onServer((channel) => channel.purgeQueue('jobs'))).messageCount).toBe(2)
  }, 60_000)

  it('does not hold up a run that is late or stopped', async () => {
    const executor = create({ confirmSeconds: 2 })
    expect(await executor.run(makeRun().run)).toMatchObject(SUCCEEDED)
    await server.freeze()
    try {
      const stopped = makeRun()
      const run = executor.run(stopped.run)
      stopped.abort('cancelled')
      expect(await run).toEqual({ status: 'failed', reason: 'stopped: cancelled' })
      expect(await executor.run(makeRun().run)).toMatchObject(
        failed(/^message_unconfirmed: .* did not confirm the message within 2 s/),
      )
      expect(await executor.run(makeRun().run)).toMatchObject(
        failed(/^broker_unreachable: .* did not answer within 2 s/),
      )
    } finally {
      server.thaw()
    }
    const patient = create()
    expect(await patient.run(makeRun().run)).toMatchObject(SUCCEEDED)
    await Promise.all([executor.close?.(), patient.close?.()])
  })

  it('says that the broker is short of memory, or that the user may not write', async () => {
    const executor = create({ confirmSeconds: 3 })
    await server.control('set_vm_memory_high_watermark', '0.00001')
    expect(await executor.run(makeRun().run)).toMatchObject(
      failed(/^broker_full: .* has stopped all publishers/),
    )
    await server.control('set_vm_memory_high_watermark', '0.4')
    await server.control('set_permissions', 'guest', '.*', '^$', '.*')
    expect(await create().run(makeRun().run)).toMatchObject({
      reason: expect.stringMatching(
        /^broker_access_refused: .* does not let the user of `url` write to the default exchange/,
      ),
    })
    await executor.close?.()
  }, 60_000)
})
