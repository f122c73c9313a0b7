import { describe, expect, it, onTestFinished } from 'vitest'
import { Scheduler } from '../../../core/schedule/scheduler.ts'
import { ConfigFolder, JSON_CONFIG } from '../config/config-folder.ts'
import { createLogger, openStore } from '../work/setup.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const START = Date.parse('2026-12-01T00:30:00Z')

const configWith = (schedules: Readonly<Record<string, object>>) =>
  new ConfigFolder({
    [JSON_CONFIG]: {
      sources: Object.fromEntries(
        Object.entries(schedules).map(([name, options]) => [name, { use: 'schedule', options }]),
      ),
      programs: { backup: { use: 'subprocess', options: { command: ['true'] } } },
      rules: Object.keys(schedules).map((name) => ({ on: `${name}.tick`, run: 'backup' })),
    },
  }).load()

async function setUp(schedules: Readonly<Record<string, object>>) {
  const { store } = await openStore()
  const time = { now: START }
  let config = await configWith(schedules)
  const logger = createLogger()
  const create = (nodeName: string) => {
    const clock = () => time.now
    const scheduler = new Scheduler({ config: () => config, store, nodeName, logger, clock })
    onTestFinished(() => scheduler.close())
    return scheduler
  }
  const events = async () => {
    const { items } = await store.deliveries({ limit: 100 })
    const all = await Promise.all(items.toReversed().map(({ id }) => store.events(id)))
    return all.flat().map(({ facts }) => [facts['scheduled_at'], facts['late']])
  }
  /** Lets each scheduler look once at a time. */
  const at = async (now: number, ...schedulers: Scheduler[]) => {
    time.now = now
    await Promise.all(schedulers.map((scheduler) => scheduler.look()))
  }
  const change = async (others: typeof schedules) => {
    config = await configWith(others)
  }
  return { store, create, events, at, change, logger }
}

const hour = (count: number) => new Date(START - 30 * MINUTE + count * HOUR).toISOString()

describe('a schedule', () => {
  it('has one event for each time, whichever node takes it, with its tasks', async () => {
    const { store, create, events, at } = await setUp({ hourly: { cron: '0 * * * *' } })
    const [one, two] = [create('one'), create('two')]
    await at(START, one, two)
    await at(START + 20 * MINUTE, one, two)
    expect(await events()).toEqual([])
    await at(START + 30 * MINUTE, one, two)
    await at(START + 31 * MINUTE, two, one)
    expect(await events()).toEqual([[hour(1), false]])
    await at(START + 90 * MINUTE, two)
    expect(await events()).toEqual([
      [hour(1), false],
      [hour(2), false],
    ])
    const { items } = await store.tasks({ limit: 10 })
    expect(items.map(({ program, source, eventType }) => [program, source, eventType])).toEqual([
      ['backup', 'hourly', 'tick'],
      ['backup', 'hourly', 'tick'],
    ])
  })

  it('makes up for the newest times that passed without a node, and for no more', async () => {
    const { create, events, at } = await setUp({
      none: { cron: '0 * * * *', catchUp: 0 },
      some: { cron: '0 * * * *', catchUp: 2 },
    })
    await at(START, create('one'))
    await at(START + 5 * HOUR, create('later'))
    expect(await events()).toEqual([
      [hour(4), true],
      [hour(5), true],
    ])
  })

  it('does not repeat a time that was committed before the node was killed', async () => {
    const { store, create, events, at } = await setUp({ hourly: { cron: '0 * * * *' } })
    await at(START, create('one'))
    const write = store.writeDocuments.bind(store)
    // The node is killed after the commit: nothing that it would write comes.
    store.writeDocuments = async (writes, audit) => {
      if (writes.some(({ collection }) => collection === 'schedules')) throw new Error('killed')
      return write(writes, audit)
    }
    await at(START + 30 * MINUTE, create('one'))
    store.writeDocuments = write
    await at(START + 30 * MINUTE + 1000, create('two'))
    expect(await events()).toEqual([[hour(1), false]])
    const { items } = await store.deliveries({ limit: 10 })
    expect(items.map(({ outcome }) => outcome)).toEqual(['duplicate', 'accepted'])
  })

  it('begins anew where its expression has changed', async () => {
    const { create, events, at, change } = await setUp({ nightly: { cron: '0 3 * * *' } })
    const one = create('one')
    await at(START, one)
    await change({ nightly: { cron: '0 * * * *', catchUp: 100 } })
    await at(START + 10 * HOUR, one)
    expect(await events()).toEqual([])
    await at(START + 11 * HOUR, one)
    expect(await events()).toEqual([[hour(11), true]])
  })

  it('goes on where the clock was a month ahead, and repeats nothing where it was a little', async () => {
    const { create, events, at } = await setUp({ hourly: { cron: '0 * * * *' } })
    const one = create('one')
    await at(START, one)
    await at(START + 720 * HOUR, one)
    await at(START, one)
    await at(START + HOUR, one)
    await at(START + 30 * MINUTE - 1000, one)
    await at(START + HOUR, one)
    await at(START + 2 * HOUR, one)
    expect(await events()).toEqual([
      [hour(1), true],
      [hour(2), true],
      [hour(720), true],
    ])
  })

  it('knows time zones and their summer time', async () => {
    const { create, events, at } = await setUp({
      berlin: { cron: '30 2 * * *', timezone: 'Europe/Berlin', catchUp: 3 },
    })
    const one = create('one')
    await at(Date.parse('2027-03-27T00:00:00Z'), one)
    // On the 28th of March 2027, 2:30 is left out in Berlin: the clock goes from 2:00 to 3:00, which is 1:00 UTC.
    await at(Date.parse('2027-03-29T12:00:00Z'), one)
    expect((await events()).map(([time]) => time)).toEqual([
      '2027-03-27T01:30:00.000Z',
      '2027-03-28T01:00:00.000Z',
      '2027-03-29T00:30:00.000Z',
    ])
  })

  it('says which expression or time zone it cannot read', async () => {
    for (const options of [{ cron: 'at night' }, { cron: '0 3 * * *', timezone: 'Mars/Olympus' }]) {
      await expect(configWith({ nightly: options })).rejects.toThrow(
        /sources\.nightly.*name no times/s,
      )
    }
  })

  it('refuses requests', async () => {
    const { sources } = await configWith({ nightly: { cron: '@daily' } })
    const verdict = await sources.get('nightly')?.instance.verify({} as never)
    expect(verdict).toEqual({ ok: false, reason: 'a schedule takes no requests' })
  })
})
