import { describe, expect, it } from 'vitest'
import { CONFIG, ConfigFolder, faultsOf, JSON_CONFIG, PLUGINS } from './config-folder.ts'

const env = { BELL: 'bell-secret' }
const program = { use: 'echo', options: { command: ['deploy'] } }
const ask = { use: 'echo', options: { command: ['ask'], variables: { LINK: 'approvalLink' } } }

const folderWith = (then: unknown, rule: object = {}) =>
  new ConfigFolder({
    ...PLUGINS,
    [JSON_CONFIG]: {
      ...CONFIG,
      programs: { deploy: program, notify: program, ask },
      rules: [{ on: 'bell.ring', run: 'deploy', then, ...rule }],
    },
  })

describe('the steps of a rule', () => {
  it('are programs, or have params and a condition that can name the step before', async () => {
    const named = { run: 'deploy', params: ['previous.result.url'], when: 'previous.exitCode == 0' }
    const { rules, written } = await folderWith(['notify', named]).load({ env })
    const [{ steps }] = rules as [(typeof rules)[0]]
    expect(steps.map(({ program, params }) => [program, params])).toEqual([
      ['notify', null],
      ['deploy', [{ name: 'previous.result.url', default: null }]],
    ])
    expect(steps[1]?.condition?.text).toBe('previous.exitCode == 0')
    expect(written.rules[0]?.steps).toEqual(['notify', named])
  })

  it('change the version of the config', async () => {
    const [one, other] = [
      folderWith(['notify']),
      folderWith([{ run: 'notify', params: ['ringer'] }]),
    ]
    const [{ version }, changed] = [await one.load({ env }), await other.load({ env })]
    expect(changed.version).not.toBe(version)
  })

  it.each([
    [['notfy'], 'then[0]', 'program_unknown'],
    [[{ run: 'notfy' }], 'then[0].run', 'program_unknown'],
    [[{ run: 'notify', when: 'previous.reslt' }], 'then[0].when', 'condition_unknown_name'],
    [[{ run: 'notify', when: 'ringr' }], 'then[0].when', 'condition_unknown_name'],
    [
      [{ run: 'notify', params: [{ name: 'ringer', file: true }] }],
      'then[0].params',
      'option_invalid',
    ],
    [[], 'then', 'option_invalid'],
    [Array.from({ length: 11 }, () => 'notify'), 'then', 'option_invalid'],
    [[{ run: ['notify'] }], 'then[0].run', 'option_invalid'],
    ['notify', 'then', 'option_invalid'],
  ])('%j have a fault at %s', async (then, path, code) => {
    const faults = faultsOf(await folderWith(then).fault({ env }))
    expect(faults.map((fault) => [fault.path, fault.code])).toEqual([[`rules[0].${path}`, code]])
  })

  it.each([
    ['bell.ring', { run: 'notify', params: ['approvalLink'] }, ['option_invalid']],
    ['hookline.task', { run: 'notify', params: ['approvalLink'] }, ['option_invalid']],
    ['bell.ring', 'ask', ['option_invalid']],
    ['hookline.task.approval_requested', { run: 'notify', params: ['approvalLink'] }, []],
    ['hookline.task.approval_requested', 'ask', []],
  ])('of a rule on %s, %j name the link of an approval: %j', async (on, step, codes) => {
    const folder = folderWith([step], { on })
    const faults = codes.length === 0 ? [] : faultsOf(await folder.fault({ env }))
    if (codes.length === 0) await folder.load({ env })
    expect(faults.map(({ code }) => code)).toEqual(codes)
  })

  it('follow one program, and the condition of `run` cannot name a step before', async () => {
    const several = faultsOf(
      await folderWith(['notify'], { run: ['deploy', 'notify'] }).fault({ env }),
    )
    expect(several.map(({ path, message }) => [path, message])).toEqual([
      ['rules[0].then', 'follows one program, and `run` has 2'],
    ])
    const when = faultsOf(
      await folderWith(['notify'], { when: 'previous.exitCode == 0' }).fault({ env }),
    )
    expect(when.map(({ path, code }) => [path, code])).toEqual([
      ['rules[0].when', 'condition_unknown_name'],
    ])
  })
})
