import { describe, expect, it } from 'vitest'
import { guardedImport } from '../../../core/config/modules/guarded-import.ts'
import { ConfigFolder, faultsOf, JSON_CONFIG } from './config-folder.ts'

const SOURCE = `
  import { defineSource, secret, secrets, z } from 'hookline/sdk/source'
  export const bell = defineSource({
    name: 'bell', summary: 'Rings.', options: z.object({ secret: SECRET }), events: {},
    signature: { header: 'X-Bell', algorithm: 'sha256', encoding: 'hex' },
    type: 'type',
  })`
const CONFIG = {
  plugins: ['./plugins'],
  sources: { door: { use: 'bell', options: { secret: 'the secret of the door' } } },
}

function loadWith(files: Readonly<Record<string, string>>, config: object = CONFIG) {
  return new ConfigFolder({ ...files, [JSON_CONFIG]: config })
}

describe('a plugin with a fault', () => {
  it.each(['secret()', 'z.string()', 'z.string().transform((text) => ({ text }))'])(
    'is named with its option if its secret is %s, not `secrets()`',
    async (declared) => {
      const folder = loadWith({ 'plugins/bell.ts': SOURCE.replace('SECRET', declared) })
      expect(faultsOf(await folder.fault())).toMatchObject([
        {
          code: 'plugin_broken',
          message:
            'the plugin `bell` failed: the option `secret` holds no list: declare it by `secrets()`',
        },
      ])
    },
  )

  it.each([
    'headerToken({ header: "X-Bell", secrets: secret })',
    'hmacSignature({ header: "X-Bell", algorithm: "sha256", encoding: "hex" }, { secrets: secret, clock: Date.now })',
  ])('is named if it takes one secret for a list: %s', async (proof) => {
    const text = SOURCE.replace('SECRET', 'secret()')
      .replace(/signature: .*/, `signature: ({ secret }) => ${proof},`)
      .replace('secrets, z', 'secrets, headerToken, hmacSignature, z')
    const [fault] = faultsOf(await loadWith({ 'plugins/bell.ts': text }).fault())
    expect(fault).toMatchObject({ code: 'plugin_broken' })
    expect(fault?.message).toMatch(/the plugin `bell` failed: an option with secrets holds no list/)
  })

  it('is named if it ends the process while it is loaded', async () => {
    const folder = loadWith({
      'plugins/bell.ts': SOURCE.replace('SECRET', 'secrets()'),
      'plugins/gong.ts': "import './deeper/ends.ts'",
      'plugins/deeper/ends.ts': '\nprocess.exit(3)',
    })
    expect(faultsOf(await folder.fault())).toMatchObject([
      {
        code: 'plugin_broken',
        message: `${folder.file('plugins/deeper/ends.ts')}:2: it ends the process: \`process.exit(3)\``,
      },
    ])
  })

  it('is named if it ends the process from a package', async () => {
    const folder = loadWith(
      {
        'node_modules/hookline-plugin-gong/package.json': '{"type":"module","main":"main.js"}',
        'node_modules/hookline-plugin-gong/main.js': 'process.exit()',
      },
      { sources: { door: { use: 'gong' } } },
    )
    expect(faultsOf(await folder.fault())).toMatchObject([
      { code: 'plugin_broken', message: expect.stringMatching(/gong.*it ends the process/) },
    ])
  })

  it('is given up if it is never loaded, and the process keeps its `exit`', async () => {
    const exit = process.exit
    const never = guardedImport(
      () => new Promise(() => {}),
      () => false,
      0.05,
    )
    await expect(never).rejects.toThrow(
      'it was not loaded within 0.05 seconds: a top-level `await`',
    )
    expect(process.exit).toBe(exit)
  })

  it('is refused if a package has a plugin of the same kind and name', async () => {
    const inPackage = (name: string) => ({
      'plugins/bell.ts': SOURCE.replace('SECRET', 'secrets()'),
      'node_modules/hookline-plugin-bell/package.json': '{"type":"module","main":"main.js"}',
      'node_modules/hookline-plugin-bell/main.js': SOURCE.replace('SECRET', 'secrets()').replaceAll(
        'bell',
        name,
      ),
    })
    const folder = loadWith(inPackage('bell'))
    expect(faultsOf(await folder.fault())).toMatchObject([
      {
        code: 'plugin_clash',
        message: `the source \`bell\` is in ${folder.file('plugins/bell.ts')} and in the package hookline-plugin-bell`,
      },
    ])
    expect((await loadWith(inPackage('gong')).load()).sources.size).toBe(1)
  })
})
