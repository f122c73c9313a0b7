import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CONFIG, ConfigFolder, JSON_CONFIG, PLUGINS } from './config-folder.ts'

const TS_CONFIG = `
  import { defineConfig, env } from 'hookline'
  import { bell } from './plugins/bell.ts'
  import { echo } from './plugins/echo/index.ts'
  import { box } from './plugins/box.ts'
  export default defineConfig({
    sources: { bell: bell({ secret: env('BELL') }) },
    programs: { deploy: echo({ command: ['deploy'], params: ['ringer', { name: 'loud', default: 'no' }] }) },
    rules: [{ on: 'bell.ring', when: (event) => event.facts.loud === true, run: 'deploy' }],
    store: box(),
    port: 8080,
  })`

const event = (facts: Record<string, string | boolean>) => ({
  id: 'evt_1',
  source: 'bell',
  type: 'ring',
  senderId: null,
  deliveryId: 'dlv_1',
  receivedAt: new Date(0),
  facts,
  payload: {},
})

describe('loadConfig', () => {
  it('has no processes that receive where cases are run', async () => {
    const folder = new ConfigFolder({ [JSON_CONFIG]: { node: { receivers: 2 } } })
    expect((await folder.load({ mode: 'run' })).settings.node.receivers).toBe(2)
    expect((await folder.load({ mode: 'test' })).settings.node.receivers).toBe(1)
  })

  it('reads a config in TypeScript', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, 'webhook.config.ts': TS_CONFIG })
    const config = await folder.load({ env: { BELL: 'bell-secret' } })
    expect(config.settings.port).toBe(8080)
    expect(config.settings.publicUrl).toBe('http://localhost:8080')
    expect(config.sources.get('bell')).toMatchObject({
      name: 'bell',
      origin: { layer: 'config', file: folder.file('webhook.config.ts') },
      allow: null,
      maxBodyBytes: 25 * 1024 * 1024,
      rateLimit: null,
      secretHeaders: ['x-bell-token'],
      instance: { options: { secret: 'bell-secret', tone: 1 } },
    })
    expect(config.programs.get('deploy')).toMatchObject({
      settings: {
        params: [
          { name: 'ringer', default: null },
          { name: 'loud', default: 'no' },
        ],
        allowLeadingDash: false,
        timeoutSeconds: 600,
        outputLimitBytes: 1024 * 1024,
        retry: { attempts: 3, backoffSeconds: 5, maxBackoffSeconds: 600, exitCodes: null },
      },
      instance: {
        options: { command: ['deploy'] },
        context: { name: 'deploy', baseDir: folder.path, dataDir: folder.file('data') },
      },
    })
    const [rule] = config.rules
    expect(rule).toMatchObject({ id: 'deploy on bell.ring', on: 'bell.ring', program: 'deploy' })
    expect(rule?.condition?.text).toBe('[function]')
    expect(rule?.condition?.evaluate(event({ loud: true }))).toBe(true)
    expect(config.store).toMatchObject({ options: { size: 1 }, baseDir: folder.path })
    expect(config.secrets).toEqual(['bell-secret'])
    expect(config.files).toContain(folder.file('plugins/bell.ts'))
  })

  it('reads the same from JSON and from YAML', async () => {
    const json = new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: { $schema: 'x', ...CONFIG } })
    const yaml = new ConfigFolder({
      ...PLUGINS,
      'webhook.config.yaml': `
plugins: [./plugins]
sources:
  bell: { use: bell, options: { secret: bell-secret } }
programs:
  deploy: { use: echo, options: { command: [deploy] } }
  tell: { use: echo, options: { command: [tell] } }
rules:
  - { on: bell.ring, when: loud, run: deploy }
store: { use: box }
`,
    })
    for (const folder of [json, yaml]) {
      const config = await folder.load()
      expect([...config.programs.keys()]).toEqual(['deploy', 'tell'])
      expect(config.rules).toMatchObject([
        { id: 'deploy on bell.ring', condition: { text: 'loud' } },
      ])
      expect(config.rules[0]?.condition?.evaluate(event({ loud: true }))).toBe(true)
    }
  })

  it('takes the file it is told, and the command line over the file', async () => {
    const folder = new ConfigFolder({
      ...PLUGINS,
      'conf/own.json': { ...CONFIG, port: 1, plugins: ['../plugins'] },
    })
    const config = await folder.load({
      file: 'conf/own.json',
      overrides: { host: '127.0.0.1', port: 99, dataDir: 'elsewhere' },
    })
    expect(config.settings).toMatchObject({
      host: '127.0.0.1',
      port: 99,
      publicUrl: 'http://localhost:99',
      dataDir: folder.file('elsewhere'),
    })
  })

  it('works in plain Node with a folder that knows no packages, even in a CommonJS package', async () => {
    const folder = new ConfigFolder({
      ...PLUGINS,
      'package.json': { type: 'commonjs' },
      'webhook.config.ts': TS_CONFIG,
      'load.mjs': `
        import { loadConfig } from ${JSON.stringify(join(import.meta.dirname, '../../../core/config/load/load.ts'))}
        const log = () => {}
        const logger = { debug: log, info: log, warn: log, error: log }
        const config = await loadConfig({ cwd: process.cwd(), env: { BELL: 'bell-secret' }, overrides: {},
          mode: 'run', logger, clock: Date.now })
        console.log(JSON.stringify([...config.programs.keys(), config.rules.length, config.secrets]))`,
    })
    const run = spawnSync(process.execPath, ['load.mjs'], { cwd: folder.path, encoding: 'utf8' })
    expect(run.stderr).toBe('')
    expect(JSON.parse(run.stdout)).toEqual(['deploy', 1, ['bell-secret']])
  })

  it('has a version that changes with the config only', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: CONFIG })
    const first = await folder.load()
    expect((await folder.load()).version).toBe(first.version)
    folder.write(JSON_CONFIG, { ...CONFIG, logLevel: 'debug' })
    expect((await folder.load()).version).not.toBe(first.version)
  })
})
