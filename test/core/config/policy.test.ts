import { describe, expect, it } from 'vitest'
import { CONFIG, ConfigFolder, faultsOf, JSON_CONFIG, PLUGINS } from './config-folder.ts'

const folderWith = (policy: object, more: object = {}) =>
  new ConfigFolder({
    ...PLUGINS,
    [JSON_CONFIG]: {
      ...CONFIG,
      programs: { deploy: { use: 'echo', options: { command: ['deploy'], policy } } },
      rules: [{ on: 'bell.ring', run: 'deploy' }],
      ...more,
    },
  })

const load = (folder: ConfigFolder) => folder.load({ env: { BELL: 'bell-secret' } })

const NONE = {
  ...{ key: null, concurrency: null, replaces: 'none', debounceSeconds: 0 },
  ...{ rateLimit: null, priority: 0 },
}

describe('the policy of a program', () => {
  it.each([
    [{}, {}],
    [{ concurrency: 3 }, { concurrency: 3 }],
    [{ pending: 'queue', concurrency: 1 }, { concurrency: 1 }],
    [{ pending: 'latest' }, { concurrency: 1, replaces: 'waiting' }],
    [
      { pending: 'latest', concurrency: 4 },
      { concurrency: 4, replaces: 'waiting' },
    ],
    [{ cancelRunning: true }, { concurrency: 1, replaces: 'all' }],
    [
      { cancelRunning: true, pending: 'latest' },
      { concurrency: 1, replaces: 'all' },
    ],
    [{ debounceSeconds: 2.5 }, { debounceSeconds: 2.5, replaces: 'waiting' }],
    [{ rateLimit: { count: 10, perSeconds: 60 } }, { rateLimit: { count: 10, perSeconds: 60 } }],
    [
      { priority: -5, key: 'ringer' },
      { priority: -5, key: 'ringer' },
    ],
  ])('%j is read with its defaults', async (given, expected) => {
    const config = await load(folderWith(given))
    expect(config.programs.get('deploy')?.settings.policy).toEqual({ ...NONE, ...expected })
    expect(config.rules[0]).toMatchObject({ policy: { ...NONE, ...expected } })
  })

  it.each([
    [{ pending: 'queue', cancelRunning: true }, 'policy.pending', 'option_invalid'],
    [{ pending: 'queue', debounceSeconds: 1 }, 'policy.pending', 'option_invalid'],
    [{ pending: 'newest' }, 'policy.pending', 'option_invalid'],
    [{ concurrency: 0 }, 'policy.concurrency', 'option_invalid'],
    [{ priority: 101 }, 'policy.priority', 'option_invalid'],
    [{ debounceSeconds: 0 }, 'policy.debounceSeconds', 'option_invalid'],
    [{ rateLimit: { count: 1 } }, 'policy.rateLimit.perSeconds', 'option_invalid'],
    [{ concurency: 1 }, 'policy.concurency', 'option_unknown'],
    [{ key: 'ringer +' }, 'policy.key', 'condition_invalid'],
    [{ key: 'ringr' }, 'policy.key', 'condition_unknown_name'],
  ])('%j has a fault at %s', async (given, path, code) => {
    const error = await folderWith(given).fault({ env: { BELL: 'bell-secret' } })
    expect(faultsOf(error)).toMatchObject([{ path: `programs.deploy.options.${path}`, code }])
  })

  it('checks a key by the facts of each rule, and names the rule', async () => {
    const error = await folderWith({ key: 'ringr' }).fault({ env: { BELL: 'bell-secret' } })
    expect(faultsOf(error)[0]?.message).toContain('Rule: `deploy on bell.ring`.')
    const unused = folderWith({ key: 'ringer +' }, { rules: [] })
    expect(faultsOf(await unused.fault({ env: { BELL: 'bell-secret' } }))).toHaveLength(1)
  })

  it('gives each rule the compiled key', async () => {
    const [rule] = (await load(folderWith({ key: "ringer + '!'" }))).rules
    const event = { id: 'evt_1', source: 'bell', type: 'ring', senderId: null, deliveryId: 'dlv_1' }
    const facts = { ringer: 'anna' }
    const given = { ...event, receivedAt: new Date(0), facts, payload: {} }
    expect(rule?.policyKey?.evaluate(given)).toBe('anna!')
  })

  it('keeps the version where nothing has changed', async () => {
    const folder = folderWith({ key: 'ringer', cancelRunning: true })
    const first = await load(folder)
    const again = await folder.load({ env: { BELL: 'bell-secret' }, reuse: first })
    expect(again.version).toBe(first.version)
  })
})

const programWith = (options: object) =>
  new ConfigFolder({
    ...PLUGINS,
    [JSON_CONFIG]: {
      ...CONFIG,
      programs: { deploy: { use: 'echo', options: { command: ['deploy'], ...options } } },
      rules: [],
    },
  })

describe('the breaker of a program', () => {
  it.each([
    [{}, null],
    [{ breaker: null }, null],
    [{ breaker: {} }, { after: 5, probeMs: 60_000 }],
    [{ breaker: { after: 1, probe: '90s' } }, { after: 1, probeMs: 90_000 }],
    [{ breaker: { probe: '2h' } }, { after: 5, probeMs: 7_200_000 }],
    [{ breaker: { probe: '7d' } }, { after: 5, probeMs: 604_800_000 }],
  ])('is %j', async (options, breaker) => {
    const { programs } = await load(programWith(options))
    expect(programs.get('deploy')?.settings.breaker).toEqual(breaker)
  })

  it.each([
    [{ after: 0 }, 'programs.deploy.options.breaker.after'],
    [{ after: 2.5 }, 'programs.deploy.options.breaker.after'],
    [{ probe: 60 }, 'programs.deploy.options.breaker.probe'],
    [{ probe: '1 m' }, 'programs.deploy.options.breaker.probe'],
    [{ probe: '0s' }, 'programs.deploy.options.breaker.probe'],
    [{ probe: '8d' }, 'programs.deploy.options.breaker.probe'],
    [{ probes: '1m' }, 'programs.deploy.options.breaker.probes'],
  ])('cannot be %j', async (breaker, path) => {
    const faults = faultsOf(await programWith({ breaker }).fault({ env: { BELL: 'bell-secret' } }))
    expect(faults.map((fault) => fault.path)).toEqual([path])
  })
})
