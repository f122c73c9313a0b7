import { chownSync, lchownSync, symlinkSync } from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { CONFIG, ConfigFolder, JSON_CONFIG, PLUGINS } from './config-folder.ts'

const FILES = { ...PLUGINS, 'sub/below/empty.txt': '' }

/** The file that a load from a folder uses, and what it warns of. */
async function used(folder: ConfigFolder, cwd = '.') {
  const { layers, warnings } = await folder.load({ cwd: folder.file(cwd) })
  return { file: layers[0]?.file, warnings }
}

describe('the search for a config', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  it('goes upward, and the nearest folder wins', async () => {
    const folder = new ConfigFolder({ ...FILES, 'webhook.config.ts': 'export default {}' })
    const top = { file: folder.file('webhook.config.ts'), warnings: [] }
    expect(await used(folder)).toEqual(top)
    expect(await used(folder, 'sub/below')).toEqual(top)
    folder.write('sub/webhook.config.yaml', 'port: 1')
    const near = { file: folder.file('sub/webhook.config.yaml'), warnings: [] }
    expect(await used(folder, 'sub/below')).toEqual(near)
    expect(await used(folder)).toEqual(top)
  })

  it('makes paths start at the folder of the config', async () => {
    const folder = new ConfigFolder({ ...FILES, [JSON_CONFIG]: CONFIG })
    const config = await folder.load({ cwd: folder.file('sub/below') })
    expect(config.settings.dataDir).toBe(folder.file('data'))
    expect(config.sources.get('bell')?.baseDir).toBe(folder.path)
  })

  it('ends at the home folder', async () => {
    const folder = new ConfigFolder({ ...FILES, [JSON_CONFIG]: CONFIG })
    vi.stubEnv('HOME', folder.file('sub'))
    vi.stubEnv('XDG_CONFIG_HOME', folder.file('sub/.config'))
    const cwd = folder.file('sub/below')
    expect(await folder.fault({ cwd })).toMatchObject({
      code: 'config_missing',
      message: `There is no webhook.config.* in ${cwd} or a folder above it.`,
    })
    folder.write('sub/.config/webhook/config.yaml', 'port: 1')
    expect((await used(folder, 'sub/below')).file).toMatch(/sub\/\.config\/webhook\/config\.yaml$/)
  })

  it.each([
    ['.webhookrc', 'port: 1'],
    ['.webhookrc', { port: 1 }],
    ['.webhookrc.json', { port: 1 }],
    ['.webhookrc.yml', 'port: 1'],
    ['.webhookrc.ts', 'export default { port: 1 as number }'],
    ['package.json', { name: 'deploys', webhook: { port: 1 } }],
  ])('takes %s', async (name, content) => {
    const folder = new ConfigFolder({ ...FILES, 'sub/package.json': { name: 'other' } })
    folder.write(name, content)
    const config = await folder.load({ cwd: folder.file('sub/below') })
    expect(config.settings.port).toBe(1)
    expect(config.layers).toEqual([{ layer: 'config', file: folder.file(name) }])
    expect((await folder.load({ file: name })).settings.port).toBe(1)
  })

  it('warns of other configs in the folder that are not used', async () => {
    const folder = new ConfigFolder({
      ...PLUGINS,
      [JSON_CONFIG]: CONFIG,
      'webhook.config.yml': 'port: 1',
    })
    expect((await folder.load()).warnings).toEqual([
      expect.stringMatching(/config.yml is not used/),
    ])
    folder.write('.webhookrc', 'port: 1')
    expect(await used(folder)).toMatchObject({
      file: folder.file(JSON_CONFIG),
      warnings: [expect.anything(), expect.stringMatching(/\.webhookrc is not used/)],
    })
  })

  it('passes over no file that is empty or cannot be read', async () => {
    const folder = new ConfigFolder({ ...FILES, [JSON_CONFIG]: CONFIG, 'sub/.webhookrc': '' })
    const unreadable = { code: 'config_unreadable' }
    expect(await folder.fault({ cwd: folder.file('sub') })).toMatchObject(unreadable)
    folder.write('sub/webhook.config.ts/index.ts', 'export default {}')
    expect(await folder.fault({ cwd: folder.file('sub') })).toMatchObject(unreadable)
  })

  it.runIf(process.geteuid?.() === 0).each([
    ['webhook.config.ts', 'throw new Error("it was run")'],
    ['webhook.config.json', {}],
    ['.webhookrc', 'port: 1'],
    ['package.json', { webhook: { port: 1 } }],
  ])('refuses %s of another user in a folder above', async (name, content) => {
    const folder = new ConfigFolder({ ...FILES, [`up/${name}`]: content, 'up/sub/empty.txt': '' })
    const file = folder.file(`up/${name}`)
    chownSync(file, 12_345, 12_345)
    const fault = await folder.fault({ cwd: folder.file('up/sub') })
    expect(fault).toMatchObject({ code: 'config_untrusted', remedy: expect.stringContaining(file) })
    expect(fault.message).toContain(`${file} was found above`)
    expect(fault.message).toContain('belongs to the user with the id 12345')
  })

  it.runIf(process.geteuid?.() === 0)('follows no link of another user', async () => {
    const folder = new ConfigFolder({ ...FILES, [JSON_CONFIG]: CONFIG, 'up/sub/empty.txt': '' })
    symlinkSync(folder.file(JSON_CONFIG), folder.file('up/webhook.config.json'))
    lchownSync(folder.file('up/webhook.config.json'), 12_345, 12_345)
    expect(await folder.fault({ cwd: folder.file('up/sub') })).toMatchObject({
      code: 'config_untrusted',
    })
  })

  it.runIf(process.geteuid?.() === 0)('passes over a package.json without a config', async () => {
    const folder = new ConfigFolder({ ...FILES, [JSON_CONFIG]: CONFIG, 'sub/package.json': {} })
    chownSync(folder.file('sub/package.json'), 12_345, 12_345)
    expect((await used(folder, 'sub/below')).file).toBe(folder.file(JSON_CONFIG))
  })

  it('takes a named file alone', async () => {
    const folder = new ConfigFolder({ ...FILES, 'package.json': { name: 'other' } })
    expect(await folder.fault({ file: 'nowhere.ts' })).toMatchObject({ code: 'config_missing' })
    expect(await folder.fault({ file: 'package.json' })).toMatchObject({
      code: 'config_unreadable',
      message: expect.stringContaining('it has no key `webhook`'),
    })
  })
})
