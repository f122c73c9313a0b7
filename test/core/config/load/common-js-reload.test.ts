import { expect, it } from 'vitest'
import { ModuleLoad } from '../../../../core/config/modules/module-hooks.ts'
import { ConfigFolder } from '../config-folder.ts'

const port = (value: number) => `module.exports = { port: ${value} }`

function openConfig(root: string, files: Readonly<Record<string, string | object>>) {
  const folder = new ConfigFolder({ 'package.json': { type: 'commonjs' }, ...files })
  const load = async () => {
    const modules = new ModuleLoad()
    const value = await modules.import(folder.file(root), 'always').then(
      (exports) => exports['default'],
      (error: Error) => error.message.split('\n')[0],
    )
    return { value, files: modules.files() }
  }
  return { folder, load, value: async () => (await load()).value }
}

/** Configs whose exports are those of the file `base.cjs`, which has a `port`. */
const REEXPORTS: readonly (readonly [root: string, files: Readonly<Record<string, string>>])[] = [
  ['a.cjs', { 'a.cjs': "module.exports = require('./base.cjs')" }],
  ['a.cjs', { 'a.cjs': "module.exports = { ...require('./base.cjs') }" }],
  ['a.js', { 'a.js': "module.exports = { ...require('./base.cjs') }" }],
  [
    'a.cjs',
    {
      'a.cjs': "module.exports = { ...require('./b.cjs') }",
      'b.cjs': "module.exports = require('./base.cjs')",
    },
  ],
  ...['a.mjs', 'a.ts'].map(
    (root) =>
      [
        root,
        {
          [root]: "import b from './b.cjs'\nexport default b",
          'b.cjs': "module.exports = { ...require('./base.cjs') }",
        },
      ] as const,
  ),
]

it.each(REEXPORTS)(
  '%s with %o has the new values of a file that is re-exported',
  async (root, files) => {
    const { folder, value } = openConfig(root, { ...files, 'base.cjs': port(1) })
    expect(await value()).toEqual({ port: 1 })
    for (const changed of [2, 3]) {
      folder.write('base.cjs', port(changed))
      expect(await value()).toEqual({ port: changed })
    }
    folder.write('base.cjs', "throw new Error('not now')")
    expect(await value()).toBe('not now')
    folder.write('base.cjs', port(4))
    expect(await value()).toEqual({ port: 4 })
  },
)

it('each of two files that require a third one has its new values', async () => {
  const files = {
    'main.cjs': "module.exports = { a: require('./a.cjs'), b: require('./b.cjs') }",
    'a.cjs': "module.exports = require('./own.cjs').port",
    'b.cjs': "require('pack')\nmodule.exports = require('./own.cjs').port",
    'own.cjs': port(1),
  }
  const { folder, load, value } = openConfig('main.cjs', {
    ...files,
    'node_modules/pack/index.js': '',
  })
  const first = await load()
  expect(first.value).toEqual({ a: 1, b: 1 })
  expect(first.files.toSorted()).toEqual(
    Object.keys(files)
      .map((name) => folder.file(name))
      .toSorted(),
  )
  for (const changed of [2, 3]) {
    folder.write('own.cjs', port(changed))
    expect(await value()).toEqual({ a: changed, b: changed })
  }
})

it('files of a circle have their new values', async () => {
  const { folder, value } = openConfig('main.cjs', {
    'main.cjs': "module.exports = { ...require('./x.cjs') }",
    'x.cjs': "exports.x = 1\nexports.y = require('./y.cjs').y",
    'y.cjs': "exports.y = require('./x.cjs').x + 1",
  })
  expect(await value()).toEqual({ x: 1, y: 2 })
  folder.write('y.cjs', "exports.y = require('./x.cjs').x + 2")
  expect(await value()).toEqual({ x: 1, y: 3 })
})

it('a missing file that is required is watched', async () => {
  const { folder, load, value } = openConfig('main.cjs', {
    'main.cjs': "try { module.exports = require('./own.cjs') } catch { module.exports = 'none' }",
    'sub/strict.cjs': "module.exports = require('../later.cjs')",
  })
  expect(await load()).toEqual({
    value: 'none',
    files: [folder.file('main.cjs'), folder.file('own.cjs')],
  })
  folder.write('own.cjs', port(1))
  expect(await value()).toEqual({ port: 1 })
  folder.write('main.cjs', "module.exports = require('./sub/strict.cjs')")
  const failed = await load()
  expect(failed.value).toContain("Cannot find module '../later.cjs'")
  expect(failed.files).toContain(folder.file('later.cjs'))
  folder.write('later.cjs', port(2))
  expect(await value()).toEqual({ port: 2 })
})
