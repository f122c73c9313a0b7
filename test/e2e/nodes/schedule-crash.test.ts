import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { makeFolder, startService, until } from '../service.ts'

const KILLS = 3
const { folder, remove } = makeFolder(`
  export default {
    sources: { clock: { use: 'schedule', options: { cron: '* * * * * *', catchUp: 100 } } },
    programs: { note: { use: 'subprocess', options: { command: ['true'] } } },
    rules: [{ on: 'clock.tick', run: 'note', then: ['note', { run: 'note', when: "previous.program == 'note'" }] }],
    node: { leaseSeconds: 2 },
  }`)
afterAll(remove)

interface Page {
  readonly deliveries: readonly {
    readonly outcome: string
    readonly events: readonly { readonly facts: { readonly scheduled_at: string } }[]
    readonly tasks: readonly { readonly id: string; readonly state: string }[]
  }[]
}

interface Step {
  readonly step: number
  readonly next: string | null
}

describe('a schedule of each second, with kill -9', { retry: 0 }, () => {
  it('has every second once, and each step of its rule', { timeout: 90_000 }, async () => {
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
      const ended = await until(page, ({ deliveries }) =>
        deliveries
          .slice(-times.length)
          .every(({ tasks }) => tasks.filter(({ state }) => state === 'succeeded').length === 3),
      )
      for (const { tasks } of ended.deliveries.slice(-times.length)) {
        const all = await Promise.all(tasks.map(({ id }) => service.get<Step>(`/api/tasks/${id}`)))
        expect(all.map(({ step }) => step)).toEqual([0, 1, 2])
        expect(all.map(({ next }) => next)).toEqual([tasks[1]?.id, tasks[2]?.id, null])
      }
    }
  })
})
