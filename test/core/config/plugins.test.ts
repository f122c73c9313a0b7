import { describe, expect, it } from 'vitest'
import { HooklineError } from '../../../core/errors/errors.ts'
import { CONFIG, ConfigFolder, faultsOf, JSON_CONFIG, PLUGINS } from './config-folder.ts'

const withFiles = (files: Record<string, string>, config: object = {}) =>
  new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: { ...CONFIG, ...config }, ...files })

describe('plugins', () => {
  it('are found in folders like the built-in ones', async () => {
    const own = (name: string) => PLUGINS['plugins/bell.ts'].replaceAll('bell', name)
    const folder = withFiles(
      {
        'plugins/sources/gong.ts': own('gong'),
        'plugins/sources/chime/index.ts': own('chime'),
        'plugins/sources/index.ts': "export { gong } from './gong.ts'",
        'plugins/bell.test.ts': "throw new Error('never imported')",
      },
      {
        sources: Object.fromEntries(
          ['bell', 'gong', 'chime'].map((use) => [
            use,
            { use, options: { secret: `${use}-secret` } },
          ]),
        ),
      },
    )
    expect([...(await folder.load()).sources.keys()]).toEqual(['bell', 'gong', 'chime'])
  })

  it('that are built in need no folder', async () => {
    const folder = new ConfigFolder({
      [JSON_CONFIG]: { sources: { own: { use: 'custom', options: { token: 'custom-token' } } } },
    })
    const config = await folder.load()
    expect(config.sources.get('own')?.definition.name).toBe('custom')
    expect(config.secrets).toEqual(['custom-token'])
    expect(config.store.definition.name).toBe('sqlite')
  })

  it('that are not there are named with the nearest that is, or all', async () => {
    const remedy = async (use: string) =>
      faultsOf(await withFiles({}, { sources: { bell: { use, options: {} } } }).fault())[0]
    expect(await remedy('githbu')).toMatchObject({
      code: 'plugin_unknown',
      remedy: expect.stringMatching(/`github`/),
    })
    expect((await remedy('zzzzzzzzz'))?.remedy).toMatch(/ bell, .*custom, .*github, gitlab/)
    expect((await remedy('echo'))?.message).toMatch(/that is an executor/)
  })

  it.each([
    ['throws', "throw new Error('out of order')", 'plugin_broken', /bad\.ts:1: out of order/],
    ['has a syntax error', '\nexport const = 1', 'plugin_broken', /bad\.ts:2/],
    [
      'lacks create',
      "export const bad = { definition: { kind: 'source', name: 'bad' } }",
      'plugin_broken',
      /needs/,
    ],
    [
      'takes a name',
      PLUGINS['plugins/bell.ts'],
      'plugin_clash',
      /bell\.ts and in .*bad\.ts|bad\.ts and in .*bell\.ts/,
    ],
    [
      'takes a built-in name',
      PLUGINS['plugins/bell.ts'].replaceAll('bell', 'github'),
      'plugin_clash',
      /github/,
    ],
  ])('one of which %s is a fault', async (_, text, code, message) => {
    const faults = faultsOf(await withFiles({ 'plugins/bad.ts': text }).fault())
    expect(faults).toHaveLength(1)
    expect(faults[0]).toMatchObject({ code, path: 'plugins[0]' })
    expect(faults[0]?.message).toMatch(message)
  })

  it('may not declare an option that all of their kind have', async () => {
    const text = PLUGINS['plugins/bell.ts'].replace('tone:', 'allow:')
    const faults = faultsOf(await withFiles({ 'plugins/bell.ts': text }).fault())
    expect(faults).toMatchObject([
      { code: 'plugin_broken', message: expect.stringMatching(/`allow`/) },
    ])
  })

  it('that fail when created are a fault with their own code', async () => {
    const failing = (error: string) =>
      PLUGINS['plugins/echo/index.ts']
        .replace('import { defineExecutor }', 'import { defineExecutor, HooklineError }')
        .replace('create: (options, context) =>', `create: () => { throw ${error} }, unused: () =>`)
    const faults = async (error: string) =>
      faultsOf(await withFiles({ 'plugins/echo/index.ts': failing(error) }).fault())
    expect(await faults("new HooklineError('program_not_found', 'no such file')")).toMatchObject([
      { code: 'program_not_found', path: 'programs.deploy', message: 'no such file' },
      { code: 'program_not_found', path: 'programs.tell' },
    ])
    expect((await faults("new Error('odd')"))[0]).toMatchObject({
      code: 'plugin_broken',
      message: 'the plugin `echo` failed: odd',
    })
  })

  it('of another kind are refused where code puts them', async () => {
    const folder = withFiles({
      'webhook.config.ts': `
        import { bell } from './plugins/bell.ts'
        export default { programs: { deploy: bell({ secret: 'abcd' }) } }`,
    })
    expect((await folder.fault()).message).toMatch(
      /`bell` is a source, but an executor is needed here/,
    )
  })

  it('made with a second copy of the core work as well', async () => {
    const text = PLUGINS['plugins/bell.ts']
      .replace('{ defineSource, secret }', '{ defineSource, HooklineError, secret }')
      .replace('({ options,', '({ options, HooklineError,')
    const folder = withFiles({ 'plugins/bell.ts': text })
    const config = await folder.load()
    // The config is loaded by Node, and this test by its runner: two copies.
    expect(config.sources.get('bell')?.instance).toHaveProperty(
      'HooklineError.name',
      'HooklineError',
    )
    expect(config.sources.get('bell')?.instance).not.toHaveProperty('HooklineError', HooklineError)
    expect(config.secrets).toEqual(['bell-secret'])
    folder.write(
      'plugins/bell.ts',
      text.replace('secret()', "secret().refine(() => false, 'never good')"),
    )
    expect(faultsOf(await folder.fault())).toMatchObject([
      { path: 'sources.bell.options.secret', given: null, message: 'never good' },
    ])
  })
})
