import { describe, expect, it } from 'vitest'
import { CONFIG, ConfigFolder, faultsOf, JSON_CONFIG, PLUGINS } from './config-folder.ts'

const withConfig = (config: object, files: Record<string, string | object> = {}) =>
  new ConfigFolder({ ...PLUGINS, ...files, [JSON_CONFIG]: { ...CONFIG, ...config } })

const echo = (options: object) => ({ programs: { deploy: { use: 'echo', options } } })
const bell = (options: object) => ({ sources: { bell: { use: 'bell', options } } })

describe('a config with faults', () => {
  it('is refused with all of them, of all files, at once', async () => {
    const folder = withConfig(
      {
        port: 'http',
        prot: 1,
        sources: { bell: { use: 'bell', options: { secret: { env: 'BELL' }, tune: 2 } } },
        programs: {
          deploy: { use: 'ehco', options: {} },
          tell: { use: 'echo', options: { command: [1] } },
        },
        rules: [
          { on: 'bell.ring', run: 'deplyo' },
          { on: 'bel.ring', run: 'deploy' },
          { on: 'bell.ring', when: 'lod', run: 'deploy' },
          { on: 'bell.ring', when: 'loud ==', run: 'deploy' },
        ],
        mapping: { bell: { ring: { 'ringr == 1': 'deploy' } } },
      },
      {
        'webhooks.d/a.yaml': 'rules: [{ on: bell, runs: deploy }]\n',
        'webhooks.d/b.json': { port: 1 },
      },
    )
    const error = await folder.fault()
    expect(error.code).toBe('config_invalid')
    const faults = faultsOf(error)
    expect(
      faults.map(({ code, file, path }) => [code, file?.slice(folder.path.length + 1), path]),
    ).toEqual(
      expect.arrayContaining([
        ['option_invalid', JSON_CONFIG, 'port'],
        ['option_unknown', JSON_CONFIG, 'prot'],
        ['env_missing', JSON_CONFIG, 'sources.bell.options.secret'],
        ['option_unknown', JSON_CONFIG, 'sources.bell.options.tune'],
        ['plugin_unknown', JSON_CONFIG, 'programs.deploy.use'],
        ['option_invalid', JSON_CONFIG, 'programs.tell.options.command[0]'],
        ['program_unknown', JSON_CONFIG, 'rules[0].run'],
        ['rule_source_unknown', JSON_CONFIG, 'rules[1].on'],
        ['option_unknown', 'webhooks.d/a.yaml', 'rules[0].runs'],
        ['option_invalid', 'webhooks.d/a.yaml', 'rules[0].run'],
        ['option_unknown', 'webhooks.d/b.json', 'port'],
        ['condition_unknown_name', JSON_CONFIG, 'rules[2].when'],
        ['condition_invalid', JSON_CONFIG, 'rules[3].when'],
      ]),
    )
    expect(error.message).toMatch(
      /^The config has \d+ faults:\n {2}webhook\.config\.json: prot: is not known/,
    )
    expect(error.message).toContain('Did you mean `port`?')
    expect(error.message).toContain('the environment variable BELL is not set')
  })

  it.each([
    [echo({ comand: ['x'] }), 'programs.deploy.options.comand', /`command`/],
    [
      echo({ command: ['x'], timeoutSecond: 1 }),
      'programs.deploy.options.timeoutSecond',
      /`timeoutSeconds`/,
    ],
    [bell({ secret: 'abcd', alow: [] }), 'sources.bell.options.alow', /`allow`/],
    [{ sources: { bell: { use: 'bel', options: {} } } }, 'sources.bell.use', /`bell`/],
    [{ sources: { bell: { use: 'bell', option: {} } } }, 'sources.bell.option', /`options`/],
    [{ rules: [{ on: 'bel', run: 'deploy' }] }, 'rules[0].on', /`bell`/],
    [{ rules: [{ on: 'bell', run: ['deploy', 'tel'] }] }, 'rules[0].run[1]', /`tell`/],
    [{ rules: [{ on: 'bell', run: 'deploy', wen: 'x' }] }, 'rules[0].wen', /`when`/],
    [{ limits: { maxBodyByte: 1 } }, 'limits.maxBodyByte', /`maxBodyBytes`/],
  ])('suggests what was meant: %j', async (config, path, remedy) => {
    const faults = faultsOf(await withConfig(config).fault())
    expect(faults.find((fault) => fault.path === path)?.remedy).toMatch(remedy)
  })

  it.each([
    [echo({ command: [] }), 'option_invalid programs.deploy.options.command'],
    [echo({}), 'option_invalid programs.deploy.options.command'],
    [
      echo({ command: ['x'], timeoutSeconds: 0 }),
      'option_invalid programs.deploy.options.timeoutSeconds',
    ],
    [
      echo({ command: ['x'], retry: { attempts: 0 } }),
      'option_invalid programs.deploy.options.retry.attempts',
    ],
    [
      echo({ command: ['x'], retry: { exitCodes: [0] } }),
      'option_invalid programs.deploy.options.retry.exitCodes[0]',
    ],
    [bell({ secret: '' }), 'option_invalid sources.bell.options.secret'],
    [
      bell({ secret: 'abcd', allow: ['10.0.0.0/8', '10.0.0/33'] }),
      'option_invalid sources.bell.options.allow[1]',
    ],
    [
      bell({ secret: 'abcd', maxBodyBytes: -1 }),
      'option_invalid sources.bell.options.maxBodyBytes',
    ],
    [{ trustedProxies: ['localhost'] }, 'option_invalid trustedProxies[0]'],
    [{ publicUrl: 'hooks.example.com' }, 'option_invalid publicUrl'],
    [{ port: 65_536 }, 'option_invalid port'],
    [{ rules: {} }, 'option_invalid rules'],
    [{ sources: [] }, 'option_invalid sources'],
    [
      { sources: { 'a.b': CONFIG.sources.bell, bell: CONFIG.sources.bell } },
      'option_invalid sources["a.b"]',
    ],
    [
      { programs: { ...CONFIG.programs, bad: { use: 'bell', options: {} } } },
      'plugin_unknown programs.bad.use',
    ],
    [{ mapping: { bell: { 'ring!': 'deploy' } } }, 'option_invalid mapping.bell["ring!"]'],
    [
      { mapping: { bell: { ring: { 'loud ==': 'deploy' } } } },
      'condition_invalid mapping.bell.ring["loud =="]',
    ],
    [{ store: { use: 'nothing' } }, 'plugin_unknown store.use'],
    [{ plugins: ['./plugins', './nowhere'] }, 'option_invalid plugins[1]'],
    [{ include: 'x' }, 'option_invalid include'],
  ])('names the place: %j', async (config, fault) => {
    expect(await withConfig(config).faults()).toContain(fault)
  })

  it('never shows what may be a secret', async () => {
    const secret = 'hunter2-hunter2'
    const folder = withConfig(
      {
        sources: {
          bell: { use: 'bell', options: { secret: [secret], keys: secret, tone: { env: 'TONE' } } },
          other: { use: 'bell', options: { secret: 'abcd', unknown: secret } },
        },
      },
      {
        'webhooks.d/a.json': `{ "secret": "${secret}",, }`,
        'webhooks.d/b.yaml': `a: "${secret}\nb: [`,
      },
    )
    const error = await folder.fault({ env: { TONE: secret } })
    expect(faultsOf(error).length).toBeGreaterThanOrEqual(6)
    expect(JSON.stringify(error.fields) + error.message + String(error.cause)).not.toContain(
      'hunter2',
    )
  })

  it.each([
    [
      'webhook.config.json',
      '{\n  "port": 1,,\n}',
      /webhook\.config\.json:2: this is not valid JSON/,
    ],
    [
      'webhook.config.yaml',
      'port: 1\nhost: [\n',
      /webhook\.config\.yaml:\d: this is not valid YAML/,
    ],
    ['webhook.config.ts', 'export default {\n  port: 1,,\n}\n', /webhook\.config\.ts:2: /],
    ['webhook.config.mjs', 'export default {\n  port: 1,,\n}\n', /webhook\.config\.mjs:2: /],
    ['webhook.config.mjs', "import './own.mjs'\nexport default {}\n", /own\.mjs/],
    ['webhook.config.mjs', "\n\nthrow new Error('no luck')\n", /webhook\.config\.mjs:3: no luck/],
    [
      'webhook.config.ts',
      'enum A { B }\nexport default A\n',
      /webhook\.config\.ts:1: TypeScript enum/,
    ],
    ['webhook.config.ts', 'export const port = 1\n', /no default export/],
    ['webhook.config.json', '', /empty/],
  ])('that cannot be read says where: %s %j', async (name, content, message) => {
    const error = await new ConfigFolder({ [name]: content }).fault()
    expect(error.code).toBe('config_unreadable')
    expect(error.message).toMatch(message)
  })

  it.each([
    [
      '{ "port": 1, }',
      'json:1: this is not valid JSON: a comma stands after the last value, at column 12',
      /syntax/,
    ],
    [
      '{\n  // the port\n  "port": 1 }',
      'json:2: this is not valid JSON: it has no comments, at column 3',
      /syntax/,
    ],
    [
      "{ 'port': 1 }",
      'json:1: this is not valid JSON: text stands in double quotes, at column 3',
      /syntax/,
    ],
    ['{ "host": "//,}", "port": 01 }', 'json:1: this is not valid JSON, at column 28', /syntax/],
    [
      '{ "a": {"port": 1},\n "sources": [{}], "s\\u006furces": {} }',
      'json:2: the key "s\\u006furces" is there twice, at column 19',
      /only the last/,
    ],
    ['', 'json: the file is empty', /hookline init/],
  ])('JSON that people write by mistake: %s', async (text, message, remedy) => {
    const error = await new ConfigFolder({ [JSON_CONFIG]: text }).fault()
    expect(error.message.endsWith(`/webhook.config.${message}`), error.message).toBe(true)
    expect(error.remedy).toMatch(remedy)
  })

  it.each([
    ['rules:\n - on: bell\n   run: a\n  when: x\n', '4', /the `-` of a list is missing/],
    ["when: branch == 'a' && x: y\n", '1', /with `: ` in it needs quotes/],
    ["rules:\n - when: 'a' == b\n", '2', /after its end/],
    ['a:\n\t- b\n', '2', /tab/],
    ['a: 1\na: 2\n', '2', /twice/],
    ['a: @x\n', '1', /needs quotes/],
    ['a:\n  b: 1\n c: 2\n', '3', /indented/],
    ['a\nb: 1\n', '1', /no `:`/],
    ['a: 1\n---\nb: 1\n', '2', /several documents/],
  ])('YAML that people write by mistake: %j', async (text, line, why) => {
    const folder = new ConfigFolder({
      ...PLUGINS,
      [JSON_CONFIG]: CONFIG,
      'webhooks.d/a.yaml': text,
    })
    const { message } = await folder.fault()
    expect(message).toContain(` webhooks.d/a.yaml: line ${line}: this is not valid YAML: `)
    expect(message).toMatch(why)
  })

  it.each(['webhook.config.toml', 'webhook.config.jsonc'])('cannot be %s', async (name) => {
    const folder = new ConfigFolder({ [name]: '' })
    expect(await folder.fault({ file: name })).toMatchObject({
      code: 'config_unreadable',
      message: expect.stringContaining(`${folder.file(name)}: a config cannot end in`),
      remedy: expect.stringContaining('.yaml'),
    })
    // It may be a copy that is not meant to be read.
    expect(await folder.fault()).toMatchObject({
      code: 'config_missing',
      remedy: expect.stringContaining(`Write ${name} as TypeScript`),
    })
  })

  it('says that a secret is missing, and where options of a plugin stand', async () => {
    const faults = faultsOf(
      await withConfig({
        sources: { bell: { use: 'bell' } },
        programs: { deploy: { use: 'echo', command: ['a'] } },
      }).fault(),
    )
    expect(faults.map(({ path, message, remedy }) => [path, message, remedy])).toEqual(
      expect.arrayContaining([
        ['sources.bell.options.secret', 'is missing', expect.anything()],
        [
          'programs.deploy.command',
          'is not known',
          expect.stringContaining('write `options: { command: … }`'),
        ],
      ]),
    )
  })

  it('takes JSON with a byte order mark', async () => {
    const folder = new ConfigFolder({
      ...PLUGINS,
      [JSON_CONFIG]: `\uFEFF${JSON.stringify({ ...CONFIG, port: 77 })}`,
    })
    expect((await folder.load()).settings.port).toBe(77)
  })

  it.each([
    ["import './gone.ts'\nexport default {}", /Correct the path of the import/],
    ["import 'no-such-package'\nexport default {}", /npm install no-such-package/],
    ["throw new Error('no luck')", /it threw this error/],
    ['export default {,}', /syntax error/],
    ['export const port = 1', /export default defineConfig/],
  ])('%s has a remedy of its kind', async (text, remedy) => {
    const error = await new ConfigFolder({ 'webhook.config.ts': text }).fault()
    expect(error).toMatchObject({
      code: 'config_unreadable',
      remedy: expect.stringMatching(remedy),
    })
  })

  it('tells a syntax error in an imported file by that file', async () => {
    const folder = new ConfigFolder({
      'webhook.config.ts': "import { port } from './own/port.ts'\nexport default { port }\n",
      'own/port.ts': '\n\nexport const port: = 1\n',
    })
    expect((await folder.fault()).message).toContain(`${folder.file('own/port.ts')}:3`)
  })

  it('must be an object', async () => {
    expect((await new ConfigFolder({ [JSON_CONFIG]: '[1]' }).fault()).message).toMatch(
      /must be an object \(given: a list of 1\)/,
    )
  })
})
