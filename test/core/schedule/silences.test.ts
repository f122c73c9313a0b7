import { describe, expect, it } from 'vitest'
import { OwnEvents } from '../../../core/own-events/own-events.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'
import { Scheduler } from '../../../core/schedule/scheduler.ts'
import { Silences } from '../../../core/schedule/silences.ts'
import { ConfigFolder, JSON_CONFIG } from '../config/config-folder.ts'
import { createLogger, openStore } from '../work/setup.ts'

const HOUR = 3_600_000
const START = Date.parse('2026-12-01T00:00:00Z')
const command = { use: 'subprocess', options: { command: ['true'] } }

async function setUp() {
  const { store, time } = await openStore()
  const config = await new ConfigFolder({
    [JSON_CONFIG]: {
      sources: { nightly: { use: 'schedule' } },
      programs: {
        backup: { ...command, options: { ...command.options, expect: { within: '26h' } } },
        page: command,
      },
      rules: [
        { name: 'nights', on: 'nightly.tick', run: 'backup', expect: { within: '2d' } },
        { on: 'hookline.program.silent', run: 'page' },
      ],
    },
  }).load()
  const set = (hours: number) => {
    time.aheadMs = START + hours * HOUR - Date.now()
  }
  // To the minute: a moment passes while the test runs.
  const clock = () => Math.round((Date.now() + time.aheadMs) / 60_000) * 60_000
  const logger = createLogger()
  const create = (nodeName: string) => {
    const redactor = new Redactor()
    const ownEvents = new OwnEvents({ config, nodeName, store, logger, redactor, clock })
    return new Silences({ config: () => config, store, ownEvents, nodeName, logger, clock })
  }
  const faults = () => logger.lines.filter(({ level }) => level === 'warn' || level === 'error')
  const nodes = [create('one'), create('two')]
  /** What was raised, after both nodes have looked at a time. */
  const at = async (hours: number) => {
    set(hours)
    await Promise.all(nodes.map((node) => node.look()))
    const { items } = await store.tasks({ program: 'page', limit: 10 })
    const events = await Promise.all(items.map(({ deliveryId }) => store.events(deliveryId)))
    return events.flat().map(({ facts: { kind, name, last } }) => [kind, name, last])
  }
  /** Lets the schedule have the time of an hour. */
  const tick = async (hours: number) => {
    const scheduler = new Scheduler({ config: () => config, store, nodeName: 'one', logger, clock })
    for (const hour of [hours - 0.5, hours]) {
      set(hour)
      await scheduler.look()
    }
  }
  return { store, nodes, at, tick, faults }
}

describe('what is expected of a program or a rule', () => {
  it('raises one event when nothing came, and another one for the next silence', async () => {
    const { at, tick } = await setUp()
    expect(await at(0)).toEqual([])
    expect(await at(26)).toEqual([])
    expect(await at(27)).toEqual([['program', 'backup', null]])
    expect(await at(40)).toHaveLength(1)
    expect(await at(49)).toEqual([
      ['rule', 'nights', null],
      ['program', 'backup', null],
    ])
    await tick(50)
    expect(await at(75)).toHaveLength(2)
    const raised = await at(77)
    expect(raised).toHaveLength(3)
    const last = expect.stringMatching(/^2026-12-03T02:00:/)
    expect(raised[0]).toEqual(['program', 'backup', last])
  })

  it('is noticed where the clock was a month ahead', async () => {
    const { at, tick } = await setUp()
    await at(720)
    await tick(721)
    expect(await at(0)).toEqual([])
    expect(await at(27)).toEqual([['program', 'backup', null]])
  })

  it('is said to be unknown, once, while the store cannot be asked', async () => {
    const { store, nodes, faults } = await setUp()
    await store.close()
    for (let looks = 0; looks < 3; looks++) await nodes[0]?.look()
    expect(faults()).toMatchObject([{ message: 'it is not known what is silent' }])
  })
})
