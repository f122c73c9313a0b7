import { execFile } from 'node:child_process'
import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { cli, emptyFolder } from '../../core/cli/cli-process.ts'
import { passedTests } from './page-code.ts'

const run = promisify(execFile)
const top = join(import.meta.dirname, '../../..')
const { folder, remove } = emptyFolder()
afterAll(remove)

const KINDS = ['source', 'executor', 'store', 'tunnel'] as const
/** The store stands on SQLite, which has passed the whole suite: a part of it is enough here. */
const NAMES: Partial<Record<string, string>> = { store: 'delivery' }
writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }')

describe('hookline plugin new', () => {
  it.each(KINDS)('writes a %s whose test passes at once', { timeout: 300_000 }, async (kind) => {
    const name = `my${kind}`
    const { code, stdout } = await cli(['plugin', 'new', kind, name], { cwd: folder })
    expect(code).toBe(0)
    expect(stdout).toContain(`wrote plugins/${name}.ts\nwrote plugins/${name}.test.ts\n`)
    const test = /Now: node --test (\S+)/.exec(stdout)?.[1] ?? ''
    expect(await passedTests(folder, test, NAMES[kind])).toBeGreaterThan(5)
  })

  it('writes what the compiler takes', { timeout: 120_000 }, async () => {
    symlinkSync(join(top, 'node_modules'), join(folder, 'node_modules'))
    const { compilerOptions } = JSON.parse(readFileSync(join(top, 'tsconfig.json'), 'utf8'))
    const paths = Object.entries<string[]>(compilerOptions.paths).map(([name, [file = '']]) => [
      ...[name, [join(top, file)]],
    ])
    const typeRoots = [join(top, 'node_modules/@types')]
    const options = { ...compilerOptions, typeRoots, paths: Object.fromEntries(paths) }
    const config = { compilerOptions: options, include: ['plugins'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    // One fault of its own, to show that faults are seen.
    const wrong = join(folder, 'plugins/wrong.ts')
    writeFileSync(wrong, "export const wrong: number = 'no number'")
    const compiler = join(top, 'node_modules/.bin/tsc')
    const { stdout } = await run(compiler, ['-p', '.'], { cwd: folder }).catch((error) => error)
    // Other files of this tree are not its matter.
    const faults = stdout.split('\n').filter((line: string) => line.startsWith('plugins/'))
    expect(faults).toEqual([expect.stringMatching(/^plugins\/wrong\.ts.*TS2322/)])
    rmSync(wrong)
  })

  it('writes what a config can use', async () => {
    const config = {
      plugins: ['./plugins'],
      sources: { own: { use: 'mysource', options: { secret: 'of the test' } } },
      programs: { greet: { use: 'myexecutor' } },
      rules: [{ on: 'own.ping', when: "sender == 'Mona'", run: 'greet' }],
      store: { use: 'mystore' },
      tunnel: { use: 'mytunnel' },
    }
    writeFileSync(join(folder, 'webhook.config.json'), JSON.stringify(config))
    const { code, stdout, stderr } = await cli(['check'], { cwd: folder })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('The config is valid.')
  })

  it.each([
    ['a file that is there', ['source', 'mysource'], 'plugins/mysource.ts already exists'],
    ['the name of a built-in one', ['source', 'github'], "There is already a source 'github'"],
    ['a word of the language', ['executor', 'delete'], "'delete' cannot be the name"],
    ['a path', ['executor', '../up'], "'../up' cannot be the name"],
    ['a kind that is none', ['bridge', 'mine'], 'source, executor, store, tunnel'],
  ])('refuses %s', async (_, args, message) => {
    const before = readFileSync(join(folder, 'plugins/mysource.ts'), 'utf8')
    const { code, stdout, stderr } = await cli(['plugin', 'new', ...args], { cwd: folder })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(readFileSync(join(folder, 'plugins/mysource.ts'), 'utf8')).toBe(before)
  })

  it('writes into the folder that is named', async () => {
    const args = ['plugin', 'new', 'executor', 'other', '--dir', 'mine/programs']
    const { stdout } = await cli(args, { cwd: folder })
    expect(stdout).toContain("plugins: ['./mine/programs']")
    expect(readFileSync(join(folder, 'mine/programs/other.ts'), 'utf8')).toContain("name: 'other'")
  })
})
