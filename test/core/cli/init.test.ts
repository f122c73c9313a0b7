import { execFile } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Ajv2020 as Ajv } from 'ajv/dist/2020.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { builtInSources } from '../../../core/config/modules/built-in.ts'
import { toolPath } from '../../requirements.ts'
import { cli, emptyFolder } from './cli-process.ts'
import { NO_TERMINAL, openTerminal } from './terminal.ts'

const PLAIN_VALUE = 'a-value-of-the-test-that-is-long-enough'
const publicKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey

/** Where a source checks the form of what it is given. */
const VALUES: Readonly<Record<string, string>> = {
  ADYEN_HMAC_KEY: 'ab'.repeat(32),
  DISCORD_PUBLIC_KEY: 'ab'.repeat(32),
  MSTEAMS_SECRET: Buffer.from(PLAIN_VALUE).toString('base64'),
  SENDGRID_PUBLIC_KEY: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  SNS_TOPICS: 'arn:aws:sns:eu-west-1:123456789012:deploys',
  STANDARDWEBHOOKS_SECRET: `whsec_${Buffer.alloc(32, 'a').toString('base64')}`,
  SVIX_SECRET: `whsec_${Buffer.alloc(32, 'a').toString('base64')}`,
}

let place = emptyFolder()
beforeEach(() => {
  place = emptyFolder()
})
afterEach(() => place.remove())

const run = (...args: string[]) => cli(args, { cwd: place.folder })
const at = (file: string) => join(place.folder, file)
const textOf = (file: string) => readFileSync(at(file), 'utf8')
const PYTHON = toolPath('python3')

/** The faults that the compiler finds in the folder. */
async function compiled(): Promise<readonly string[]> {
  const compiler = join(import.meta.dirname, '../../../node_modules/typescript/bin/tsc')
  const words = [compiler, '-p', place.folder]
  const { stdout } = await promisify(execFile)(process.execPath, words, {
    cwd: place.folder,
  }).catch((error: { stdout: string }) => error)
  return stdout.split('\n').filter((line) => line.includes('error TS'))
}

describe('hookline init', () => {
  it.each(['ts', 'json', 'yaml'])('writes a config as %s that passes check', async (format) => {
    const written = await run(
      'init',
      '--source',
      'github,gitlab',
      'custom,razorpay',
      '--format',
      format,
    )
    expect(written).toMatchObject({ code: 0, stderr: '' })
    expect(written.stdout).toContain(`wrote webhook.config.${format}`)
    const { code, stdout, stderr } = await run('check', '--json')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const checked = JSON.parse(stdout)
    expect(checked.sources.map(({ name }: { name: string }) => name)).toEqual([
      ...['github', 'gitlab', 'custom', 'razorpay'],
    ])
    expect(checked.rules).toHaveLength(4)
    expect(checked.warnings).toEqual([])
    expect(checked.programs[0].executor).toBe(PYTHON === null ? 'subprocess' : 'python')
  })

  it('writes what git, the compiler and the editor need', { timeout: 120_000 }, async () => {
    expect(await run('init', '--yes')).toMatchObject({ code: 0, stderr: '' })
    expect(textOf('.gitignore')).toBe('data/\n.env\nnode_modules/\n')
    expect(textOf('.env.example')).toMatch(/^# GITHUB_SECRET=$/m)
    expect(JSON.parse(textOf('package.json')).type).toBe('module')
    // A fault of its own, to show that the compiler knows the options of a plugin.
    writeFileSync(at('webhook.config.ts'), textOf('webhook.config.ts').replace('secret', 'secrets'))
    expect(await compiled()).toEqual([expect.stringMatching(/^webhook\.config\.ts.*'secrets'/)])
  })

  it.each([
    ['made by npm', '{ "dependencies": { "other": "1.0.0" } }', 'module', 'nodenext'],
    ['of a program without a type', '{ "main": "index.js" }', undefined, 'preserve'],
    ['of a program in CommonJS', '{ "type": "commonjs" }', 'commonjs', 'preserve'],
  ])('fits to a package.json %s', async (_, text, type, module) => {
    writeFileSync(at('package.json'), text)
    expect(await run('init', '--yes')).toMatchObject({ code: 0 })
    expect(JSON.parse(textOf('package.json'))).toEqual({
      ...JSON.parse(text),
      ...(type && { type }),
    })
    expect(JSON.parse(textOf('tsconfig.json')).compilerOptions.module).toBe(module)
  })

  it('keeps what is there, and adds to .gitignore what it lacks', async () => {
    const mine = { '.gitignore': '/data\n*.log', 'tsconfig.json': '{}', '.env.example': 'MINE=' }
    for (const [file, text] of Object.entries(mine)) writeFileSync(at(file), text)
    const { stdout } = await run('init', '--yes')
    expect(textOf('.gitignore')).toBe('/data\n*.log\n.env\nnode_modules/\n')
    expect(textOf('tsconfig.json')).toBe('{}')
    expect(textOf('.env.example')).toBe('MINE=')
    expect(stdout).toContain('kept tsconfig.json as it is')
  })

  it('names a schema that fits the config, in JSON and in YAML', { timeout: 60_000 }, async () => {
    await run('init', '--source', 'github', 'razorpay', '--format', 'json')
    const config = JSON.parse(textOf('webhook.config.json'))
    const schema = JSON.parse(textOf(config.$schema))
    const isValid = new Ajv({ strict: false, logger: false }).compile(schema)
    expect(isValid(config), JSON.stringify(isValid.errors)).toBe(true)
    config.programs.show.options = { command: 7 }
    expect(isValid(config)).toBe(false)
    rmSync(at('webhook.config.json'))
    // Without a config, the command prints the same.
    expect(JSON.parse((await run('schema')).stdout)).toEqual(schema)
    rmSync(at('programs'), { recursive: true })
    await run('init', '--source', 'github', '--format', 'yaml')
    expect(textOf('webhook.config.yaml')).toMatch(
      /^# yaml-language-server: \$schema=\.\/hookline\.schema\.json\n/,
    )
  })

  it.skipIf(NO_TERMINAL)('asks in a terminal, and searches the sources', async () => {
    const terminal = openTerminal(['init'], { cwd: place.folder })
    await terminal.shows('Type to search')
    terminal.type('gith')
    await terminal.shows('(1 match)')
    terminal.type('\t')
    await terminal.shows('◼')
    terminal.type('\r')
    await terminal.shows('Which format')
    terminal.type('\u001b[B')
    await terminal.shows('● JSON')
    terminal.type('\r')
    expect(await terminal.ended, terminal.text()).toBe(0)
    expect(Object.keys(JSON.parse(textOf('webhook.config.json')).sources)).toEqual(['github'])
  })

  it.skipIf(NO_TERMINAL)('writes nothing if the dialogue is left', async () => {
    const terminal = openTerminal(['init'], { cwd: place.folder })
    await terminal.shows('Type to search')
    terminal.type('\u0003')
    expect(await terminal.ended).toBe(1)
    expect(readdirSync(place.folder)).toEqual([])
  })

  it('sets up github with --yes', async () => {
    expect(await run('init', '--yes')).toMatchObject({ code: 0 })
    expect(readFileSync(join(place.folder, 'webhook.config.ts'), 'utf8')).toContain('github({')
    const program = PYTHON === null ? 'show-event.mjs' : 'show_event.py'
    expect(existsSync(at(`programs/${program}`))).toBe(true)
  })

  it.each([[], ['--source', ',']])('does not guess without a terminal: %j', async (...args) => {
    const { code, stderr } = await run('init', ...args)
    expect(code).toBe(2)
    expect(stderr).toContain('Give --source')
    expect(existsSync(join(place.folder, 'webhook.config.ts'))).toBe(false)
  })

  it.each(['webhook.config.ts', 'webhook.config.yaml'])('overwrites no %s', async (file) => {
    writeFileSync(join(place.folder, file), 'mine')
    const refused = await run('init', '--yes')
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain(`${file} already exists`)
    expect(readFileSync(join(place.folder, file), 'utf8')).toBe('mine')
    expect(existsSync(join(place.folder, 'programs'))).toBe(false)
  })

  it('overwrites with --force', async () => {
    writeFileSync(join(place.folder, 'webhook.config.ts'), 'mine')
    expect(await run('init', '--yes', '--force')).toMatchObject({ code: 0 })
    expect(readFileSync(join(place.folder, 'webhook.config.ts'), 'utf8')).toContain('defineConfig')
  })

  it('sets up every source, each from the environment', async () => {
    const names = (await builtInSources()).map(({ name }) => name)
    expect(names.length).toBeGreaterThan(40)
    const written = await run('init', '--source', ...names, '--format', 'ts')
    expect(written).toMatchObject({ code: 0, stderr: '' })
    const text = readFileSync(join(place.folder, 'webhook.config.ts'), 'utf8')
    const variables = [...text.matchAll(/env\('(\w+)'/g)].map((match) => match[1] ?? '')
    const env = Object.fromEntries(variables.map((name) => [name, VALUES[name] ?? PLAIN_VALUE]))
    const checked = await cli(['check', '--json'], { cwd: place.folder, env })
    expect({ code: checked.code, stderr: checked.stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(checked.stdout).sources).toHaveLength(names.length)
  })

  it('refuses a source it does not know', async () => {
    const { code, stderr } = await run('init', '--source', 'githbu')
    expect(code).toBe(2)
    expect(stderr).toContain("cannot set up a source 'githbu'")
  })
})
