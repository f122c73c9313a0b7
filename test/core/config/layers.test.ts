import { describe, expect, it } from 'vitest'
import { CONFIG, ConfigFolder, JSON_CONFIG, PLUGINS } from './config-folder.ts'

const withConfig = (config: object, files: Record<string, string | object> = {}) =>
  new ConfigFolder({ ...PLUGINS, ...files, [JSON_CONFIG]: { ...CONFIG, ...config } })

const echo = (...command: string[]) => ({ use: 'echo', options: { command } })

describe('layers of a config', () => {
  it('add up in the order of file names, a later one replacing what has the same name', async () => {
    const folder = withConfig(
      {
        rules: [
          { name: 'first', on: 'bell.ring', run: 'deploy' },
          { on: 'bell', run: 'tell' },
        ],
      },
      {
        'webhooks.d/20-last.yaml':
          'programs: { tell: { use: echo, options: { command: [last] } } }\n',
        'webhooks.d/10-next.json': {
          programs: { tell: echo('next'), own: echo('own') },
          rules: [
            { name: 'first', on: 'bell.door', run: 'own' },
            { on: 'bell', run: 'tell' },
          ],
        },
        'webhooks.d/30-code.ts': `
          import { bell } from '../plugins/bell.ts'
          import type { DropIn } from 'hookline'
          export default {
            sources: { second: bell({ secret: 'second-secret' }) },
            mapping: { second: { '*': 'own' } },
          } satisfies DropIn`,
        'webhooks.d/40-blank.json': ' \n',
        'webhooks.d/50-comments.yaml': '# to be filled\n',
        'webhooks.d/60-empty.ts': '',
        'webhooks.d/.hidden.json': { nonsense: true },
        'webhooks.d/readme.md': 'no config',
      },
    )
    const config = await folder.load()
    expect(config.programs.get('tell')).toMatchObject({
      origin: { layer: 'drop-in', file: folder.file('webhooks.d/20-last.yaml') },
      instance: { options: { command: ['last'] }, context: { baseDir: folder.file('webhooks.d') } },
    })
    expect(config.programs.get('deploy')?.origin.layer).toBe('config')
    const at = (file: string) => ({ file: folder.file(file) })
    expect(config.replaced).toMatchObject([
      { kind: 'program', name: 'tell', origin: at(JSON_CONFIG), by: at('webhooks.d/10-next.json') },
      { kind: 'rule', name: 'first', origin: at(JSON_CONFIG), by: at('webhooks.d/10-next.json') },
      ...[
        {
          kind: 'program',
          origin: at('webhooks.d/10-next.json'),
          by: at('webhooks.d/20-last.yaml'),
        },
      ],
    ])
    expect([...config.sources.keys()]).toEqual(['bell', 'second'])
    expect(config.rules.map(({ id, on, origin }) => [id, on, origin.layer])).toEqual([
      ['first', 'bell.door', 'drop-in'],
      ['tell on bell', 'bell', 'config'],
      ['tell on bell #2', 'bell', 'drop-in'],
      ['own on second', 'second', 'drop-in'],
    ])
  })

  it('come from folders below, where a pattern says so', async () => {
    const folder = withConfig(
      { include: ['webhooks.d/**/*.json'] },
      {
        'webhooks.d/top.json': { programs: { top: echo('top') } },
        'webhooks.d/team/inner.json': { programs: { inner: echo('inner') } },
        'webhooks.d/team/more/deep.json': { programs: { deep: echo('deep') } },
      },
    )
    const names = [...(await folder.load()).programs.keys()]
    expect(names).toEqual(expect.arrayContaining(['top', 'inner', 'deep']))
  })

  it('end with the managed config', async () => {
    const folder = withConfig({})
    const bell = (secret: string) => ({ use: 'bell', options: { secret } })
    const config = await folder.load({ managed: { sources: { door: bell('managed') } } })
    expect(config.sources.get('door')).toMatchObject({
      origin: { layer: 'managed', file: null },
      instance: { options: { secret: 'managed' } },
    })
    const error = await folder.fault({
      managed: { sources: { door: { use: 'bel', options: {} } } },
    })
    expect(error.message).toMatch(/managed config: sources.door.use: .* Did you mean `bell`/)
  })

  it('are found by `include`', async () => {
    const folder = withConfig(
      { include: ['conf.d/**/*.json'] },
      {
        'conf.d/a/b.json': { programs: { own: echo('own') } },
        'webhooks.d/not.json': { programs: { not: echo('not') } },
      },
    )
    const config = await folder.load()
    expect([...config.programs.keys()]).toEqual(['deploy', 'tell', 'own'])
  })

  it('do not ask for the variables of a part that is replaced', async () => {
    const folder = withConfig(
      {
        programs: {
          ...CONFIG.programs,
          tell: { use: 'echo', options: { command: [{ env: 'GONE' }] } },
        },
      },
      { 'webhooks.d/a.json': { programs: { tell: echo('here') } } },
    )
    expect((await folder.load()).programs.get('tell')?.origin.layer).toBe('drop-in')
  })
})

describe('rules', () => {
  it('have readable ids, one for each program', async () => {
    const config = await withConfig({
      rules: [
        { on: 'bell.ring', run: 'deploy' },
        { on: 'bell.ring', when: 'loud', run: 'deploy' },
        { on: 'bell.ring', run: ['deploy', 'tell'] },
        { name: 'night', on: 'bell', run: ['deploy', 'tell'] },
        { name: 'day', on: 'bell', run: 'tell' },
        { name: 'tell on bell', on: 'bell', run: 'tell' },
        { on: 'bell', run: 'tell' },
      ],
    }).load()
    expect(config.rules.map(({ id, program }) => [id, program])).toEqual([
      ['deploy on bell.ring', 'deploy'],
      ['deploy on bell.ring #2', 'deploy'],
      ['deploy on bell.ring #3', 'deploy'],
      ['tell on bell.ring', 'tell'],
      ['night:deploy', 'deploy'],
      ['night:tell', 'tell'],
      ['day', 'tell'],
      ['tell on bell', 'tell'],
      ['tell on bell #2', 'tell'],
    ])
  })

  it('of one name in one file clash', async () => {
    const rule = { name: 'same', on: 'bell', run: 'tell' }
    expect(await withConfig({ rules: [rule, rule] }).faults()).toEqual(['rule_clash rules[1].name'])
    expect(
      await withConfig({ rules: [{ name: 'a', on: 'bell', run: ['tell', 'tell'] }] }).faults(),
    ).toEqual(['rule_clash rules[0].name'])
  })

  it('can be written as a mapping', async () => {
    const config = await withConfig({
      rules: [],
      mapping: {
        bell: {
          ring: { loud: 'deploy', '*': 'tell', "ringer == 'me'": ['deploy', 'tell'] },
          'door.open': 'tell',
          '*': ['deploy'],
        },
      },
    }).load()
    expect(
      config.rules.map(({ on, program, condition }) => [on, program, condition?.text]),
    ).toEqual([
      ['bell.ring', 'deploy', 'loud'],
      ['bell.ring', 'tell', undefined],
      ['bell.ring', 'deploy', "ringer == 'me'"],
      ['bell.ring', 'tell', "ringer == 'me'"],
      ['bell.door.open', 'tell', undefined],
      ['bell', 'deploy', undefined],
    ])
  })

  it('know the facts of their events', async () => {
    const unknown = async (on: string, when: string) =>
      withConfig({ rules: [{ on, when, run: 'tell' }] })
        .load()
        .then(
          () => 'known',
          (error: Error) => error.message.match(/uses `(\w+)`/)?.[1],
        )
    expect(await unknown('bell.ring', 'loud')).toBe('known')
    expect(await unknown('bell.ring', "ringer == 'me'")).toBe('known')
    expect(await unknown('bell.ring', "room == 'x'")).toBe('room')
    expect(await unknown('bell.door', "room == 'x'")).toBe('known')
    expect(await unknown('bell.door.open.wide', "room == 'x'")).toBe('known')
    expect(await unknown('bell', "room == 'x' && loud")).toBe('known')
    expect(await unknown('bell', "doom == 'x'")).toBe('doom')
    // Of a type that nobody documented, nothing is known.
    expect(await unknown('bell.broken', "doom == 'x'")).toBe('known')
  })

  it('on an event that the source does not document are a warning', async () => {
    const config = await withConfig({
      rules: [
        { on: 'bell.rng', run: 'tell' },
        { on: 'bell.door', run: 'tell' },
      ],
    }).load()
    expect(config.warnings).toEqual([
      expect.stringMatching(
        /rules\[0\]: `bell.rng` is not among .*`bell`\. Did you mean `bell.ring`/,
      ),
    ])
  })
})
