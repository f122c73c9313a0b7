import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { policySchema } from '../../../core/config/schema/policy.ts'
import type { RunningConfig, RunningRule } from '../../../core/contracts/config.ts'
import type { AcceptEntry } from '../../../core/contracts/store.ts'
import { HooklineError } from '../../../core/errors/errors.ts'
import { OWN_EVENTS } from '../../../core/own-events/catalog.ts'
import { OwnEvents } from '../../../core/own-events/own-events.ts'
import { Redactor } from '../../../core/redaction/redactor.ts'
import { CONFIG, ConfigFolder, faultsOf, JSON_CONFIG, PLUGINS } from '../config/config-folder.ts'
import { silentLogger } from '../work/setup.ts'

const folder = (config: object) =>
  new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: { ...CONFIG, ...config } })

describe('rules on own events', () => {
  it('are taken, with their conditions checked against the documented facts', async () => {
    const rules = [{ on: 'hookline.task.dead', when: "program == 'deploy'", run: 'tell' }]
    const config = await folder({ rules }).load()
    expect(config.rules[0]).toMatchObject({ on: 'hookline.task.dead', program: 'tell' })
    expect(config.warnings).toEqual([])
    const wrong = [{ on: 'hookline.task.dead', when: "programm == 'deploy'", run: 'tell' }]
    const faults = faultsOf(await folder({ rules: wrong }).fault())
    expect(faults).toMatchObject([{ code: 'condition_unknown_name' }])
    expect(`${faults[0]?.message} ${faults[0]?.remedy}`).toContain('`program`')
  })

  it('warn of a type that is not there, and of a rule on all of them', async () => {
    const { warnings } = await folder({
      rules: [
        { on: 'hookline.task.ded', run: 'tell' },
        { on: 'hookline', run: 'tell' },
        { on: 'hookline', when: 'type(node) == string', run: 'tell' },
      ],
    }).load()
    expect(warnings).toHaveLength(2)
    expect(warnings[0]).toContain('hookline.task.dead')
    expect(warnings[1]).toContain('every task that ends')
  })

  it('keep their name to themselves', async () => {
    const sources = { ...CONFIG.sources, hookline: CONFIG.sources.bell }
    const faults = faultsOf(await folder({ sources }).fault())
    expect(faults).toMatchObject([{ path: 'sources.hookline', code: 'option_invalid' }])
  })
})

describe('docs/notify.md', () => {
  it('names every event and fact', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/notify.md'), 'utf8')
    const types = Object.keys(OWN_EVENTS).map((type) => `\`hookline.${type}\``)
    const facts = Object.values(OWN_EVENTS).flatMap((event) => Object.keys(event.facts))
    const missing = [...types, ...facts.map((fact) => `\`${fact}\``)]
    expect(missing.filter((text) => !page.includes(text))).toEqual([])
  })
})

function ownEventsFor(rules: readonly Partial<RunningRule>[]) {
  const time = { now: 1_000_000 }
  const accepted: AcceptEntry[] = []
  const redactor = new Redactor()
  redactor.set(['a-secret'])
  const ownEvents = new OwnEvents({
    config: configOf(rules),
    nodeName: 'one',
    store: {
      accept: async (entry) => {
        accepted.push(entry)
        return { deliveryId: entry.delivery.id, duplicate: false, events: [] }
      },
    },
    logger: silentLogger,
    redactor,
    clock: () => time.now,
  })
  const facts = () => accepted.map(({ events }) => events[0]?.facts)
  return { ownEvents, accepted, time, facts }
}

function configOf(rules: readonly Partial<RunningRule>[], version = 'first'): RunningConfig {
  const whole = rules.map((rule, index) => ({
    approval: null,
    id: `rule ${index}`,
    program: 'tell',
    condition: null,
    on: 'hookline',
    policyKey: null,
    policy: policySchema.parse({}),
    ...rule,
  }))
  const parts = { sources: new Map(), programs: new Map([['tell', {}]]) }
  return { version, rules: whole, ...parts } as unknown as RunningConfig
}

describe('own events about refused deliveries', () => {
  const refusal = { delivery: 'dlv_1', source: 'github', reason: 'of a-secret', client: '::1' }

  it('come once per source in ten seconds, and count those between', async () => {
    const { ownEvents, time, facts, accepted } = ownEventsFor([{ on: 'hookline.delivery' }])
    for (const source of ['github', 'github', 'gitlab', 'github']) {
      await ownEvents.deliveryRefused({ ...refusal, source })
    }
    time.now += 10_000
    await ownEvents.deliveryRefused(refusal)
    const base = { delivery: 'dlv_1', reason: 'of [redacted]', client: '::1', node: 'one' }
    expect(facts()).toEqual([
      { ...base, source: 'github', suppressed: 0 },
      { ...base, source: 'gitlab', suppressed: 0 },
      { ...base, source: 'github', suppressed: 2 },
    ])
    const [entry] = accepted
    expect(entry?.delivery).toMatchObject({ source: 'hookline', method: 'INTERNAL', client: null })
    expect(JSON.parse(Buffer.from(entry?.delivery.body ?? []).toString())).toEqual(facts()[0])
    expect(entry?.events[0]).toMatchObject({ payload: null, type: 'delivery.refused' })
    expect(entry?.events[0]?.tasks).toMatchObject([{ rule: 'rule 0', program: 'tell' }])
  })

  it('are not kept where no rule wants them, but where one cannot tell', async () => {
    const none = ownEventsFor([{ on: 'hookline.task' }, { on: 'github' }])
    await none.ownEvents.deliveryRefused(refusal)
    expect(none.accepted).toEqual([])
    const unwanted = ownEventsFor([{ condition: { text: 'false', evaluate: () => false } }])
    await unwanted.ownEvents.deliveryRefused(refusal)
    expect(unwanted.accepted).toEqual([])
    const evaluate = () => {
      throw new Error('no number')
    }
    const broken = ownEventsFor([{ condition: { text: 'x', evaluate } }])
    await broken.ownEvents.deliveryRefused(refusal)
    expect(broken.accepted[0]?.events[0]?.decisions).toMatchObject([
      { matched: false, because: 'condition_error', error: 'no number' },
    ])
  })
})

describe('own events about the config', () => {
  it('tell of a change and of a faulty one', async () => {
    const { ownEvents, facts, accepted } = ownEventsFor([{ on: 'hookline.config' }])
    const [first, second] = [configOf([]), configOf([{ on: 'hookline.config' }], 'second')]
    ownEvents.configChanged(first, first)
    ownEvents.configure(second)
    ownEvents.configChanged(second, first)
    const faults = [{}, {}]
    ownEvents.configFaulty(
      new HooklineError('config_invalid', 'two faults of a-secret', { fields: { faults } }),
    )
    await ownEvents.close()
    ownEvents.configChanged(first, second)
    expect(facts()).toEqual([
      { version: 'second', previous: 'first', sources: 0, programs: 1, rules: 1, node: 'one' },
      { version: 'second', code: 'config_invalid', faults: 2, node: 'one' },
    ])
    const payload = JSON.parse(Buffer.from(accepted[1]?.delivery.body ?? []).toString())
    expect(payload.message).toBe('two faults of [redacted]')
  })
})
