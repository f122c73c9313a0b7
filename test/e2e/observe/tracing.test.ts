import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { traceOfDelivery } from '../../../core/tracing/trace-ids.ts'
import { until } from '../service.ts'
import {
  attributesOf,
  type OtlpReceiver,
  type SentSpan,
  startOtlpReceiver,
} from './otlp-receiver.ts'
import { EXPORT_TOKEN, SECRET, TracedService } from './traced-service.ts'

const SENDER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const ERROR = 2

let receiver: OtlpReceiver
let traced: TracedService

beforeEach(async () => {
  receiver = await startOtlpReceiver()
})
afterEach(async () => {
  await traced.end()
  await receiver.close()
})

async function start(tracing: object, called?: string): Promise<void> {
  traced = await TracedService.start({ tracing, ...(called === undefined ? {} : { called }) })
}

function spans(name: string, count = 1): Promise<readonly SentSpan[]> {
  return until(
    async () => receiver.spans.filter((span) => span.name === name),
    (found) => found.length >= count,
  )
}

describe('traces', { timeout: 60_000 }, () => {
  it('lead from a delivery to the program, and hold no payload and no secret', async () => {
    await start({ enabled: true, endpoint: receiver.url, serviceName: 'hooks' })
    // The sender asks not to sample, which is ignored.
    const traceparent = `00-${SENDER.traceId}-${SENDER.spanId}-00`
    const accepted = await traced.push('say', { traceparent })
    const output = await traced.settled(accepted)
    const [received] = await spans('receive github')
    const [ran] = await spans('run say')
    const own = traceOfDelivery(accepted.delivery)
    expect(received).toMatchObject({ ...own, kind: 2, links: [SENDER], status: {} })
    expect(received?.parentSpanId || undefined).toBeUndefined()
    expect(received?.events.map(({ name }) => name)).toEqual([
      ...['verified', 'parsed', 'matched', 'committed'],
    ])
    expect(attributesOf(received as SentSpan)).toEqual({
      'hookline.delivery.id': accepted.delivery,
      'hookline.source': 'github',
      'hookline.outcome': 'accepted',
      'http.request.method': 'POST',
    })
    expect(ran).toMatchObject({ traceId: own.traceId, parentSpanId: own.spanId, kind: 5 })
    expect(attributesOf(ran as SentSpan)).toMatchObject({
      'hookline.task.id': accepted.tasks[0]?.id,
      'hookline.program': 'say',
      'hookline.task.state': 'succeeded',
      'hookline.exit_code': 0,
    })
    expect(output).toBe(`[00-${own.traceId}-${ran?.spanId}-01]\n`)
    expect(receiver.resources[0]).toMatchObject({
      'service.name': 'hooks',
      'deployment.environment.name': 'test',
    })
    expect(receiver.requests[0]).toMatchObject({
      path: '/v1/traces',
      headers: { authorization: `Bearer ${EXPORT_TOKEN}` },
    })
    const all = receiver.bodies.join('\n')
    for (const word of [SECRET, 'private note', 'x-hub-signature', 'sha256=', EXPORT_TOKEN]) {
      expect(all).not.toContain(word)
    }
  })

  it('go on in another process, and lead from a dead task to what told of it', async () => {
    await start({ enabled: true, endpoint: receiver.url })
    const accepted = await traced.push('fail')
    const own = traceOfDelivery(accepted.delivery)
    await spans('run fail')
    await traced.service.kill()
    await traced.startAgain()
    const attempts = await until(
      () => spans('run fail'),
      (found) => attributesOf(found.at(-1) as SentSpan)['hookline.task.state'] === 'dead',
    )
    for (const span of attempts) {
      expect(span).toMatchObject({
        traceId: own.traceId,
        parentSpanId: own.spanId,
        status: { code: ERROR, message: 'failed' },
      })
    }
    // An attempt that the kill cut off has no span.
    const [first, last] = [attempts[0], attempts.at(-1)].map((span) =>
      attributesOf(span as SentSpan),
    )
    expect(first).toMatchObject({ 'hookline.task.attempt': 1, 'hookline.task.state': 'waiting' })
    expect(last).toMatchObject({ 'hookline.task.state': 'dead' })
    const [told] = await spans('run say')
    expect(told?.links).toMatchObject([own])
    expect(told?.parentSpanId || undefined).toBeUndefined()
    expect(receiver.bodies.join('\n')).not.toContain('what the program said')
  })

  it('of a replay have a link to the first', async () => {
    await start({ enabled: true, endpoint: receiver.url })
    const first = await traced.push('say')
    await traced.settled(first)
    const path = `/api/deliveries/${first.delivery}/replay`
    const again = await traced.service.post<{ delivery: string }>(path)
    const received = await spans('receive github', 2)
    expect(received[1]).toMatchObject({
      ...traceOfDelivery(again.delivery),
      links: [traceOfDelivery(first.delivery)],
    })
  })

  it('say of a refusal no more than its code, and take no stranger at his word', async () => {
    await start({ enabled: true, endpoint: receiver.url })
    await traced.push('say', { traceparent: `00-${SENDER.traceId}-${SENDER.spanId}-01` }, 'a guess')
    const [refused] = await spans('receive github')
    expect(refused).toMatchObject({ links: [], events: [], status: {} })
    expect(attributesOf(refused as SentSpan)).toMatchObject({
      'hookline.outcome': 'refused',
      'hookline.reason': 'delivery_refused',
    })
    expect(receiver.bodies.join('\n')).not.toContain(SENDER.traceId)
  })

  it('are not sent where none is to be kept, and programs are told so', async () => {
    await start({ enabled: true, endpoint: receiver.url, sampleRatio: 0 })
    const accepted = await traced.push('say', {
      traceparent: `00-${SENDER.traceId}-${SENDER.spanId}-01`,
    })
    expect(await traced.settled(accepted)).toMatch(/^\[00-[0-9a-f]{32}-[0-9a-f]{16}-00\]$/m)
    await traced.service.stop()
    expect(receiver.bodies).toEqual([])
  })

  it('go on at the service that a program calls', async () => {
    const headers: IncomingHttpHeaders[] = []
    const called = createServer((request, response) => {
      headers.push(request.headers)
      response.end('{}')
    })
    await new Promise<void>((resolve) => called.listen(0, '127.0.0.1', resolve))
    const { port } = called.address() as AddressInfo
    try {
      await start({ enabled: true, endpoint: receiver.url }, `http://127.0.0.1:${port}/`)
      await traced.settled(await traced.push('call'))
      const [ran] = await spans('run call')
      expect(headers[0]?.['traceparent']).toBe(`00-${ran?.traceId}-${ran?.spanId}-01`)
    } finally {
      called.closeAllConnections()
      called.close()
    }
  })

  it('are nothing to a program where tracing is off', async () => {
    await start({ enabled: false, endpoint: receiver.url })
    const traceparent = `00-${SENDER.traceId}-${SENDER.spanId}-01`
    expect(await traced.settled(await traced.push('say', { traceparent }))).toBe('[]\n')
    await traced.service.stop()
    expect(receiver.bodies).toEqual([])
  })
})
