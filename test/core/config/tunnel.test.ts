import { describe, expect, it, onTestFinished } from 'vitest'
import { LiveConfig } from '../../../core/config/load/live.ts'
import { CONFIG, ConfigFolder, JSON_CONFIG, PLUGINS } from './config-folder.ts'

const FIXED = { url: 'https://hooks.example.com' }

const folderWith = (tunnel: object | undefined, more: object = {}) =>
  new ConfigFolder({ ...PLUGINS, [JSON_CONFIG]: { ...CONFIG, ...more, tunnel } })
const use = (options: object) => ({ use: 'pipe', options })

describe('the tunnel of a config', () => {
  it('is made with the options of every tunnel, and with its own', async () => {
    const { tunnel } = await folderWith(use({ ...FIXED, port: 4711, external: true })).load()
    expect(tunnel).toMatchObject({ port: 4711, external: true, instance: FIXED })
    expect(tunnel?.definition.name).toBe('pipe')
    expect((await folderWith(use({})).load()).tunnel).toMatchObject({ port: null, external: false })
    expect((await folderWith(undefined).load()).tunnel).toBeNull()
  })

  it.each([
    [use({ external: true, ...FIXED }), /needs a `port`/],
    [use({ external: true, port: 4711 }), /needs a tunnel with a fixed URL/],
    [use({ port: 0 }), /tunnel\.options\.port/],
    [{ use: 'pip' }, /no tunnel `pip`.*`pipe`/s],
    [{ use: 'box' }, /no tunnel `box`; that is a store/],
    ['pipe', /tunnel/],
  ])('is refused as %j', async (tunnel, message) => {
    const folder = folderWith(tunnel as object)
    expect((await folder.fault()).message).toMatch(message)
  })

  it('belongs in the config file alone', async () => {
    const folder = folderWith(undefined)
    folder.write('webhooks.d/more.json', { tunnel: use({}) })
    expect(await folder.faults()).toEqual(['option_unknown tunnel'])
  })

  it('is kept by a change of other parts, and made anew by a change of its own', async () => {
    const folder = folderWith(use({}))
    const first = await folder.load()
    folder.write(JSON_CONFIG, { ...CONFIG, rules: [], tunnel: use({}) })
    const same = await folder.load({ reuse: first })
    expect(same.tunnel?.instance).toBe(first.tunnel?.instance)
    folder.write(JSON_CONFIG, { ...CONFIG, rules: [], tunnel: use(FIXED) })
    const changed = await folder.load({ reuse: same })
    expect(changed.tunnel?.instance).not.toBe(first.tunnel?.instance)
    expect(changed.version).not.toBe(same.version)
  })
})

describe('the URL of a tunnel', () => {
  const open = async (more: object) => {
    const folder = folderWith(use({}), more)
    const live = await LiveConfig.open(folder.options())
    onTestFinished(() => live.close())
    return live
  }

  it('is `publicUrl`, also after a reload, where the config names none', async () => {
    const live = await open({})
    const before = live.current.version
    const told: string[] = []
    live.onPublicUrl(({ settings }) => told.push(settings.publicUrl))
    live.reachedAt(FIXED.url)
    live.reachedAt(FIXED.url)
    expect(told).toEqual([FIXED.url])
    expect(live.current.settings.publicUrl).toBe(FIXED.url)
    await live.reload()
    expect(live.current.settings.publicUrl).toBe(FIXED.url)
    // The config is the same as before: nobody changed it.
    expect(live.current.version).toBe(before)
    live.reachedAt(null)
    expect(live.current.settings.publicUrl).toBe('http://localhost:12345')
  })

  it('does not replace the `publicUrl` of the config', async () => {
    const live = await open({ publicUrl: 'https://own.example.com/' })
    live.reachedAt(FIXED.url)
    expect(live.current.settings.publicUrl).toBe('https://own.example.com')
  })
})
