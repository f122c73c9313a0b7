import { rmSync } from 'node:fs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { LiveConfig } from '../../../core/config/load/live.ts'
import type { LoadOptions } from '../../../core/config/load/load.ts'
import type { RunningConfig } from '../../../core/contracts/config.ts'
import { CONFIG, ConfigFolder, JSON_CONFIG, PLUGINS } from './config-folder.ts'

async function open(folder: ConfigFolder, more: Partial<LoadOptions> = {}) {
  const live = await LiveConfig.open(folder.options(more))
  onTestFinished(() => live.close())
  const changes: [RunningConfig, RunningConfig][] = []
  live.onChange((next, previous) => changes.push([next, previous]))
  return { live, changes }
}

const TS_CONFIG = `
  import { defineConfig } from 'hookline'
  import { bell } from './plugins/bell.ts'
  import { echo } from './plugins/echo/index.ts'
  import { box } from './plugins/box.ts'
  import { words } from './own/words.ts'
  export default defineConfig({
    sources: { bell: bell({ secret: 'bell-secret' }) },
    programs: { deploy: echo({ command: words }), tell: echo({ command: ['tell'] }) },
    store: box(),
  })`

function commandOf(config: RunningConfig): string | undefined {
  const instance = config.programs.get('deploy')?.instance as unknown
  return (instance as { options: { command: string[] } }).options.command[0]
}

describe('LiveConfig', () => {
  it('names the port that the system has chosen, also after a reload', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: { ...CONFIG, port: 0 } })
    const { live } = await open(folder)
    live.listensAt(45678)
    expect(live.current.settings).toMatchObject({
      port: 45678,
      publicUrl: 'http://localhost:45678',
    })
    expect(await live.reload()).toEqual({ ok: true })
    expect(live.current.settings).toMatchObject({
      port: 45678,
      publicUrl: 'http://localhost:45678',
    })
    expect(live.current.warnings).toEqual([])
  })

  it('goes from good to bad and to good again', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: CONFIG })
    const { live, changes } = await open(folder)
    const first = live.current
    expect(live.lastError).toBeNull()

    folder.replace(
      JSON_CONFIG,
      JSON.stringify({ ...CONFIG, rules: [{ on: 'bell', run: 'nobody' }] }),
    )
    await vi.waitFor(() => expect(live.lastError).toMatchObject({ code: 'config_invalid' }), 5000)
    expect(live.lastError?.message).toMatch(/there is no program `nobody`/)
    expect(live.current).toBe(first)
    expect(changes).toHaveLength(0)
    expect(folder.logged).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'the changed config was not taken' }),
    )

    folder.write(JSON_CONFIG, { ...CONFIG, rules: [{ on: 'bell', run: 'tell' }] })
    await vi.waitFor(() => expect(live.current.rules[0]?.id).toBe('tell on bell'), 5000)
    expect(live.lastError).toBeNull()
    expect(changes).toEqual([[live.current, first]])
  })

  it('sees a change of a file that the config imports, also after a fault in it', async () => {
    const folder = new ConfigFolder({
      ...PLUGINS,
      'webhook.config.ts': TS_CONFIG,
      'own/words.ts': "import { word } from './word.ts'\nexport const words = [word]",
      'own/word.ts': "export const word = 'one'",
    })
    const { live } = await open(folder)
    const first = live.current
    expect(commandOf(first)).toBe('one')

    folder.replace('own/word.ts', "export const word = 'two'")
    await vi.waitFor(() => expect(commandOf(live.current)).toBe('two'), 5000)
    // What did not change is carried over, and so is the plugin that neither file concerns.
    expect(live.current.programs.get('tell')?.instance).toBe(first.programs.get('tell')?.instance)
    expect(live.current.sources.get('bell')?.instance).toBe(first.sources.get('bell')?.instance)
    const instancesOf = ({ programs }: RunningConfig) =>
      [...programs.values()].map((one) => one.instance)
    const kept = instancesOf(live.current)
    expect(instancesOf(first).filter((instance) => !kept.includes(instance))).toEqual([
      first.programs.get('deploy')?.instance,
    ])

    folder.replace('own/word.ts', "export const word = 'thr")
    await vi.waitFor(() => expect(live.lastError?.code).toBe('config_unreadable'), 5000)
    expect(live.lastError?.message).toContain('word.ts:1')
    rmSync(folder.file('own/word.ts'))
    await vi.waitFor(() => expect(live.lastError?.message).toMatch(/Cannot find module/), 5000)
    folder.write('own/word.ts', "export const word = 'three'")
    await vi.waitFor(() => expect(commandOf(live.current)).toBe('three'), 5000)
    expect(live.lastError).toBeNull()
  })

  it('sees a plugin that changed', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: CONFIG })
    const { live } = await open(folder)
    const first = live.current
    folder.write('plugins/bell.ts', PLUGINS['plugins/bell.ts'].replace('default(1)', 'default(7)'))
    await vi.waitFor(
      () =>
        expect(live.current.sources.get('bell')?.instance).toMatchObject({ options: { tone: 7 } }),
      5000,
    )
    expect(live.current.programs.get('deploy')?.instance).toBe(
      first.programs.get('deploy')?.instance,
    )
  })

  it('sees drop-in files that come and go, even in a folder that was not there', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: CONFIG })
    const { live } = await open(folder)
    folder.write(
      'webhooks.d/a.yaml',
      'programs: { own: { use: echo, options: { command: [own] } } }\n',
    )
    await vi.waitFor(() => expect(live.current.programs.has('own')).toBe(true), 5000)
    folder.write(
      'webhooks.d/b.yaml',
      'programs: { two: { use: echo, options: { command: [two] } } }\n',
    )
    await vi.waitFor(() => expect(live.current.programs.has('two')).toBe(true), 5000)
    rmSync(folder.file('webhooks.d/a.yaml'))
    await vi.waitFor(() => expect(live.current.programs.has('own')).toBe(false), 5000)
  })

  it('sees a secret file that was rotated', async () => {
    const source = { use: 'bell', options: { secret: { file: 'secret.txt' } } }
    const folder = new ConfigFolder({
      ...PLUGINS,
      'secret.txt': 'old-secret\n',
      [JSON_CONFIG]: { ...CONFIG, sources: { bell: source } },
    })
    const { live } = await open(folder)
    folder.replace('secret.txt', 'new-secret\n')
    await vi.waitFor(() => expect(live.current.secrets).toEqual(['new-secret']), 5000)
  })

  it('keeps what takes a restart, and says so', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: { ...CONFIG, port: 1000 } })
    const { live } = await open(folder)
    const { store, settings } = live.current
    const changed = { port: 2000, host: '::1', dataDir: 'other', logLevel: 'debug' }
    folder.write(JSON_CONFIG, {
      ...CONFIG,
      ...changed,
      store: { use: 'box', options: { size: 9 } },
    })
    expect(await live.reload()).toEqual({ ok: true })
    expect(live.current.settings).toEqual({
      ...settings,
      logLevel: 'debug',
    })
    expect(live.current.store).toBe(store)
    expect(live.current.warnings).toHaveLength(4)
    expect(live.current.warnings.join()).toMatch(/`host`.*`port`.*`dataDir`.*`store`/)
  })

  it('keeps what the node is observed by, and follows what it keeps for how long', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: CONFIG })
    const { live } = await open(folder)
    const { metrics, tracing } = live.current.settings
    const changed = { metrics: { public: true }, tracing: { enabled: true } }
    folder.write(JSON_CONFIG, { ...CONFIG, ...changed, retention: { logs: { days: 1 } } })
    expect(await live.reload()).toEqual({ ok: true })
    expect(live.current.settings).toMatchObject({ metrics, tracing })
    expect(live.current.settings.retention.logs.days).toBe(1)
    expect(live.current.warnings).toEqual([
      'A change of `metrics` takes a restart; it stays {"enabled":true,"public":false}.',
      expect.stringMatching(/^A change of `tracing` takes a restart; it stays \{"enabled":false/),
    ])
    folder.write(JSON_CONFIG, { ...CONFIG, metrics: { enabled: true } })
    await live.reload()
    expect(live.current.warnings).toEqual([])
  })

  it('carries over instances whose common options changed only', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: CONFIG })
    const { live } = await open(folder)
    const before = live.current.programs.get('deploy')
    const options = { command: ['deploy'], timeoutSeconds: 7 }
    folder.write(JSON_CONFIG, {
      ...CONFIG,
      programs: { ...CONFIG.programs, deploy: { use: 'echo', options } },
    })
    await live.reload()
    expect(live.current.programs.get('deploy')?.settings.timeoutSeconds).toBe(7)
    expect(live.current.programs.get('deploy')?.instance).toBe(before?.instance)
  })

  it('answers each reload in turn, and none once closed', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: CONFIG })
    const { live, changes } = await open(folder)
    expect(await Promise.all([live.reload(), live.reload()])).toEqual([{ ok: true }, { ok: true }])
    expect(changes.map(([, previous]) => previous)).toEqual([changes[0]?.[1], changes[0]?.[0]])
    folder.write(JSON_CONFIG, '{')
    expect(await live.reload()).toMatchObject({ ok: false, error: { code: 'config_unreadable' } })
    await live.close()
    expect(await live.reload()).toEqual({ ok: true })
    expect(live.lastError?.code).toBe('config_unreadable')
  })
})
