import { describe, expect, it } from 'vitest'
import { hooklineVersion } from '../../../core/kit/version.ts'
import { ConfigFolder, faultsOf, JSON_CONFIG } from './config-folder.ts'

const source = (name: string) => `
  import { defineSource, secret } from 'hookline/sdk/source'
  import { z } from 'zod'
  export const ${name} = defineSource({
    name: '${name}', summary: 'Rings.', options: z.object({ secret: secret() }), events: {},
    create: () => ({ verify: () => ({ ok: true }), parse: () => [] }),
  })`

/** Files of an installed package. */
function installed(name: string, text: string, peers: Record<string, string> = {}) {
  const folder = `node_modules/${name}`
  const manifest = { name, type: 'module', exports: { import: './main.js' } }
  return {
    [`${folder}/package.json`]: JSON.stringify({ ...manifest, peerDependencies: peers }),
    [`${folder}/main.js`]: text,
  }
}

function folderWith(files: Record<string, string>, config: object): ConfigFolder {
  return new ConfigFolder({ ...files, [JSON_CONFIG]: config })
}

const using = (use: string, more: object = {}) => ({
  sources: { door: { use, options: { secret: 'door-secret' } } },
  ...more,
})

describe('plugins from packages', () => {
  it('are imported where a config uses their name', async () => {
    const files = installed('hookline-plugin-bell', source('bell'), { hookline: '>=0.1.0' })
    const config = await folderWith(files, using('bell')).load()
    expect(config.sources.get('door')?.definition.name).toBe('bell')
    expect(config.secrets).toEqual(['door-secret'])
  })

  it('are found in the folders above, too', async () => {
    const folder = folderWith(installed('hookline-plugin-bell', source('bell')), {})
    folder.write('below/webhook.config.json', using('bell'))
    const config = await folder.load({ cwd: folder.file('below') })
    expect(config.sources.get('door')?.definition.name).toBe('bell')
  })

  it('are not imported where nobody asks for them', async () => {
    const files = installed('hookline-plugin-bell', "throw new Error('not to be imported')")
    const config = await folderWith(files, using('github')).load()
    expect(config.sources.get('door')?.definition.name).toBe('github')
  })

  it('may hold several, once the package is named', async () => {
    const files = installed(
      '@acme/hookline-plugin-set',
      source('bell') + source('gong').replace(/import.*/g, ''),
    )
    const config = using('gong', { plugins: ['@acme/hookline-plugin-set'] })
    expect((await folderWith(files, config).load()).sources.get('door')?.definition.name).toBe(
      'gong',
    )
  })

  it('need no range of versions, and a range must hold this one', async () => {
    const version = hooklineVersion()
    const next = `^${Number(version.split('.')[0]) + 1}.0.0`
    const codeFor = async (hookline: string) => {
      const files = installed('hookline-plugin-bell', source('bell'), { hookline })
      try {
        await folderWith(files, using('bell')).load()
        return 'loaded'
      } catch (error) {
        return faultsOf(error as never).map(({ code, message }) => `${code}: ${message}`)
      }
    }
    for (const range of [`^${version}`, '*', '>=0.0.1', `~${version} || ${next}`]) {
      expect(await codeFor(range), range).toBe('loaded')
    }
    expect(await codeFor(next)).toEqual([
      `plugin_incompatible: hookline-plugin-bell is for Hookline ${next}, and this is ${version}`,
    ])
    expect(await codeFor('newest please')).toEqual([
      'plugin_incompatible: hookline-plugin-bell is for Hookline newest please, which is no range',
    ])
  })

  it.each([
    [
      'throws',
      "throw new Error('out of order')",
      'plugin_broken',
      /^hookline-plugin-bell: out of order/,
    ],
    ['has a syntax error', 'export const = 1', 'plugin_broken', /^hookline-plugin-bell: /],
    [
      'imports what is not there',
      "import 'not-there'",
      'plugin_broken',
      /^hookline-plugin-bell: .*not-there/,
    ],
    [
      'exports no plugin',
      'export const bell = 1',
      'plugin_broken',
      /^hookline-plugin-bell exports no plugin/,
    ],
    ['has another', source('gong'), 'plugin_broken', /^hookline-plugin-bell has no source `bell`/],
    [
      'lacks create',
      "export const bell = { definition: { kind: 'source', name: 'bell' } }",
      'plugin_broken',
      /^hookline-plugin-bell: the source `bell` needs/,
    ],
  ])('one of which %s is a fault that names it', async (_, text, code, message) => {
    const folder = folderWith(installed('hookline-plugin-bell', text), using('bell'))
    const [fault, ...others] = faultsOf(await folder.fault())
    expect(fault).toMatchObject({ code, path: 'sources.door.use' })
    expect(fault?.message).toMatch(message)
    expect(others).toEqual([])
  })

  it.each([
    [
      'of another package',
      installed('hookline-plugin-other', source('bell')),
      ['hookline-plugin-other'],
      /hookline-plugin-other and in hookline-plugin-bell|hookline-plugin-bell and in hookline-plugin-other/,
    ],
    [
      'of a folder',
      { 'own/bell.ts': source('bell') },
      ['./own'],
      /own\/bell\.ts and in hookline-plugin-bell|hookline-plugin-bell and in .*own\/bell\.ts/,
    ],
  ])('named beside one %s with its name are a clash', async (_, files, names, message) => {
    const all = { ...installed('hookline-plugin-bell', source('bell')), ...files }
    const config = using('bell', { plugins: [...names, 'hookline-plugin-bell'] })
    const faults = faultsOf(await folderWith(all, config).fault())
    expect(faults).toMatchObject([{ code: 'plugin_clash', path: 'plugins[1]' }])
    expect(faults[0]?.message).toMatch(message)
  })

  it('may not take the name of a built-in one', async () => {
    const files = installed('hookline-plugin-github', source('github'))
    const config = using('github', { plugins: ['hookline-plugin-github'] })
    const faults = faultsOf(await folderWith(files, config).fault())
    expect(faults).toMatchObject([{ code: 'plugin_clash' }])
    expect(faults[0]?.message).toMatch(
      /`github` is in hookline-plugin-github and in .*plugins\/sources\/github/,
    )
  })

  it('that are named and not installed are a fault', async () => {
    const config = using('github', { plugins: ['hookline-plugin-gone'] })
    expect(faultsOf(await folderWith({}, config).fault())).toMatchObject([
      {
        code: 'plugin_unknown',
        path: 'plugins[0]',
        remedy: 'Run: npm install hookline-plugin-gone',
      },
    ])
  })

  it.each(['../bell', 'a/b', '.', ''])('are never looked for under %j', async (use) => {
    const files = installed('hookline-plugin-bell', source('bell'))
    const faults = await folderWith(files, using(use)).faults()
    expect(faults.length).toBeGreaterThan(0)
  })
})
