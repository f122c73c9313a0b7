import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { makeFolder, startService, until } from '../service.ts'

const KILLS = 3
const { folder, remove } = makeFolder(`
  export default {
    sources: { clock: { use: 'schedule', options: { cron: '* * * * * *', catchUp: 100 } } },
    programs: { note: { use: 'subprocess', options: { command: ['true'] } } },
    rules: [{ on: 'clock.tick', run: 'note' }],
  }`)
afterAll(remove)

interface Page {
  readonly deliveries: readonly {
    readonly outcome: string
    readonly events: readonly { readonly facts: { readonly scheduled_at: string } }[]
    readonly tasks: readonly object[]
  }[]
}

describe('a schedule of each second, with kill -9', { retry: 0 }, () => {
  it('has every second once', { timeout: 90_000 }, async () => {
    for (let kills = 0; kills <= KILLS; kills++) {
      const service = await startService({ folder })
      onTestFinished(async () => void (await service.stop()))
      const page = () =>
        service.get<Page>('/api/deliveries?source=clock&outcome=accepted&limit=200')
      const before = (await page()).deliveries.length
      const { deliveries } = await until(page, ({ deliveries }) => deliveries.length > before + 1)
      if (kills < KILLS) {
        await service.kill()
        continue
      }
      const times = deliveries.flatMap(({ events }) =>
        events.map(({ facts }) => Date.parse(facts.scheduled_at) / 1000),
      )
      const [newest = 0] = times
      expect(times.length).toBeGreaterThan(2 * KILLS)
      expect(times).toEqual(times.map((_, index) => newest - index))
      expect(deliveries.map(({ tasks }) => tasks.length)).toEqual(deliveries.map(() => 1))
    }
  })
})
