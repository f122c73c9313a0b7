import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { makeFolder, startService, until } from '../service.ts'

const KILLS = 3
const { folder, remove } = makeFolder(`
  export default {
    sources: { clock: { use: 'schedule', options: { cron: '* * * * * *', catchUp: 100 } } },
    programs: { note: { use: 'subprocess', options: { command: ['true'] } } },
    rules: [
      { on: 'clock.tick', run: 'note', then: ['note', { run: 'note', when: "previous.program == 'note'" }] },
      { name: 'held', on: 'clock.tick', run: 'note', approval: { timeout: '2s' } },
      { on: 'hookline.task.approval_ended', run: 'note' },
      { on: 'hookline.task.approval_requested', run: 'note' },
    ],
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

interface Task {
  readonly id: string
  readonly rule: string
  readonly state: string
  readonly step: number
  readonly next: string | null
  readonly approval: { readonly state: string } | null
}

interface OwnPage {
  readonly deliveries: readonly {
    readonly outcome: string
    readonly events: readonly {
      readonly type: string
      readonly facts: { readonly task: string }
    }[]
  }[]
}

const isEnded = ({ state }: { readonly state: string }) =>
  state === 'succeeded' || state === 'cancelled'

describe('a schedule of each second, with kill -9', { retry: 0 }, () => {
  it('has every second once, each step of its rule, and the end of each wait for an approval', {
    timeout: 90_000,
  }, async () => {
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
      const newestOf = (all: Page['deliveries']) => all.slice(-times.length)
      const { deliveries: all } = await until(page, ({ deliveries }) =>
        newestOf(deliveries).every(({ tasks }) => tasks.filter(isEnded).length === 4),
      )
      const held: Task[] = []
      for (const { tasks } of newestOf(all)) {
        const shown = await Promise.all(
          tasks.map(({ id }) => service.get<Task>(`/api/tasks/${id}`)),
        )
        held.push(...shown.filter(({ rule }) => rule === 'held'))
        const steps = shown.filter(({ rule }) => rule !== 'held')
        expect(steps.map(({ step }) => step)).toEqual([0, 1, 2])
        expect(steps.map(({ next }) => next)).toEqual([steps[1]?.id, steps[2]?.id, null])
      }
      // Nobody approved them. Each wait has one event when it begins, unless it was over before, and one when it ends.
      expect(held.map(({ state, approval }) => [state, approval?.state])).toEqual(
        held.map(() => ['cancelled', 'expired']),
      )
      expect(held).toHaveLength(times.length)
      const own = await service.get<OwnPage>('/api/deliveries?source=hookline&limit=200')
      const told = own.deliveries.flatMap(({ outcome, events }) =>
        events.map(({ type, facts }) => `${outcome} ${type} ${facts.task}`),
      )
      expect(new Set(told).size).toBe(told.length)
      for (const { id } of held) expect(told).toContain(`accepted task.approval_ended ${id}`)
    }
  })
})
