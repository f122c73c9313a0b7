import { afterEach, describe, expect, it } from 'vitest'
import { until } from '../service.ts'
import { startOtlpReceiver } from './otlp-receiver.ts'
import { EXPORT_TOKEN, TracedService } from './traced-service.ts'

const LINE = 'traces cannot be sent'

let traced: TracedService | null = null
afterEach(async () => {
  await traced?.end()
  traced = null
})

async function start(endpoint: string, env: Record<string, string> = {}): Promise<TracedService> {
  traced = await TracedService.start({ tracing: { enabled: true, endpoint }, env })
  return traced
}

async function expectStop({ service }: TracedService): Promise<void> {
  const started = performance.now()
  expect(await service.stop()).toBe(0)
  expect(performance.now() - started).toBeLessThan(15_000)
  expect(service.lines.join('\n')).not.toContain(EXPORT_TOKEN)
}

describe('a receiver of traces', { timeout: 60_000 }, () => {
  it('that is not there is told of once, and holds nothing up', async () => {
    const running = await start('http://127.0.0.1:9', { OTEL_EXPORTER_OTLP_TIMEOUT: '500' })
    for (let round = 0; round < 3; round++) await running.settled(await running.push('say'))
    const told = async () => running.service.lines.filter((line) => line.includes(LINE))
    await until(told, (lines) => lines.length > 0)
    await running.settled(await running.push('say'))
    await expectStop(running)
    expect(await told()).toHaveLength(1)
  })

  it('that never answers holds up neither deliveries nor the stop', async () => {
    const receiver = await startOtlpReceiver(false)
    try {
      const running = await start(receiver.url)
      await running.settled(await running.push('say'))
      await until(
        async () => receiver.bodies.length,
        (count) => count > 0,
      )
      await expectStop(running)
    } finally {
      await receiver.close()
    }
  })
})
