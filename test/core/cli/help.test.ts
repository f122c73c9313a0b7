import { afterAll, describe, expect, it } from 'vitest'
import { COMMANDS } from '../../../core/cli/command-list.ts'
import { HELP } from '../../../core/cli/help/examples.ts'
import { run } from '../../../core/cli/main.ts'
import { anchorOf } from '../../../docs/.vitepress/anchor.ts'
import { headingsOf, pageOf } from '../../e2e/docs/pages.ts'
import { cli, emptyFolder } from './cli-process.ts'
import { NO_TERMINAL, openTerminal } from './terminal.ts'

const { folder, remove } = emptyFolder()
afterAll(remove)

const NAMES = Object.values(COMMANDS).flatMap((commands) => Object.keys(commands))

async function helpText(...words: string[]): Promise<string> {
  const written: string[] = []
  const write = process.stdout.write
  process.stdout.write = (text) => written.push(String(text)) > 0
  try {
    expect(await run(['node', 'hookline', ...words])).toBe(0)
  } finally {
    process.stdout.write = write
  }
  return written.join('')
}

describe('hookline --help', () => {
  it('names every command', async () => {
    const { code, stdout } = await cli(['--help'], { cwd: folder })
    expect(code).toBe(0)
    expect(NAMES.length).toBeGreaterThan(35)
    for (const command of NAMES) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  })

  it.each(NAMES)('is there for %s, with examples and its page', async (command) => {
    const text = await helpText(command, '--help')
    expect(text).toContain(`Usage: hookline ${command}`)
    expect(text).toMatch(/^Examples:\n( {2}hookline .+ # .+\n)+\nMore: docs\/\S+\.md/m)
  })

  it('has examples that the commands take, and pages that exist', async () => {
    const loaded = await Promise.all(
      Object.values(COMMANDS)
        .flatMap((commands) => Object.entries(commands))
        .map(async ([name, { load }]) => [name, await load()] as const),
    )
    const byName = new Map(loaded)
    const leaves = loaded.flatMap(([name, command]) =>
      command.commands.length === 0
        ? [name]
        : command.commands.map((one) => `${name} ${one.name()}`),
    )
    expect(Object.keys(HELP).toSorted()).toEqual(leaves.toSorted())
    for (const [path, { page, examples }] of Object.entries(HELP)) {
      const [name = '', inner] = path.split(' ')
      const parent = byName.get(name)
      const command =
        inner === undefined ? parent : parent?.commands.find((one) => one.name() === inner)
      const options = command?.options.flatMap(({ short, long }) => [short, long]) ?? []
      for (const [line] of examples) {
        expect(line).toMatch(new RegExp(`^${name}\\b`))
        const used = line.replace(/(["']).*?\1/g, "''").match(/(?<= )--?[a-z][\w-]*/g) ?? []
        expect(
          used.filter((option) => !options.includes(option)),
          line,
        ).toEqual([])
      }
      const [file = '', anchor] = page.split('#')
      const headings = headingsOf(pageOf(`docs/${file}`)).map(({ text }) => anchorOf(text))
      if (anchor !== undefined) expect(headings, page).toContain(anchor)
    }
  })

  it('has the exit codes', async () => {
    expect(await helpText('help', 'exit-codes')).toMatch(/^ {2}2 +The command line is wrong/m)
  })

  it.skipIf(NO_TERMINAL)('has colours on a terminal, unless NO_COLOR is set', async () => {
    const shown = async (env: Readonly<Record<string, string>>) => {
      const terminal = openTerminal(['tasks', '--help'], { cwd: folder, env })
      expect(await terminal.ended).toBe(0)
      return terminal.text()
    }
    expect(await shown({})).toContain('\u001b[1mUsage:')
    expect(await shown({ NO_COLOR: '1' })).not.toContain('\u001b')
    const { stdout } = await cli(['tasks', '--help'], { cwd: folder, env: { FORCE_COLOR: '1' } })
    expect(stdout).toContain('\u001b[1mUsage:')
  })

  it('prints the version of the package', async () => {
    const { code, stdout } = await cli(['--version'], { cwd: folder })
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) })
  })
})

describe('wrong usage', () => {
  it.each([
    ['an unknown command', ['strat'], "unknown command 'strat'"],
    ['an unknown option', ['tasks', '--stat'], "unknown option '--stat'"],
    ['a missing argument', ['task'], "missing required argument 'id'"],
    ['a choice that is none', ['tasks', '--state', 'lost'], 'Allowed choices are waiting'],
    ['a param without a value', ['run', 'deploy', '--param', 'main'], "not 'main'"],
    ['neither an id nor --all', ['retry', '--state', 'dead'], 'either ids, or --all'],
    ['no filter', ['cancel', '--all', '--url', 'http://x'], 'at least one filter'],
    ['two events', ['run', 'x', '--event', 'e.json', '--delivery', 'd'], 'cannot be used with'],
    ['a kind that is none', ['pause', 'task', 'x'], 'Allowed choices are source, rule, program'],
    ['a port that is none', ['start', '--port', 'http'], "not 'http'"],
    ['a label that is none', ['start', '--label', 'gpu', '--label', '!'], "not '!'"],
    ['an address that is none', ['tasks', '--url', 'localhost:80', '--token', 'x'], '--url'],
  ])('says what is wrong with %s and exits with 2', async (_name, args, message) => {
    const { code, stdout, stderr } = await cli(args, { cwd: folder })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^error: .+\n {2}code: cli_usage\n {2}what to do: .+\n$/)
    expect(stderr).toContain(message)
  })

  it('shows the help if no command is given', async () => {
    const { code, stderr } = await cli([], { cwd: folder })
    expect(code).toBe(2)
    expect(stderr).toContain('Usage: hookline')
  })
})

describe('another runtime', () => {
  it.each([
    ['bun', 'Bun'],
    ['deno', 'Deno'],
  ])('gets a plain sentence: %s', async (name, shown) => {
    const versions = `{ ...process.versions, ${name}: '9.8.7' }`
    const script = `Object.defineProperty(process, 'versions', { value: ${versions} })`
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(script)}`]
    const { code, stdout, stderr } = await cli(['start'], { cwd: folder, nodeArgs })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      `error: Hookline runs on Node.js; this is ${shown} 9.8.7.\n` +
        '  code: runtime_unsupported\n' +
        '  what to do: Run the command with `node`, 22.18 or later.\n',
    )
  })
})

describe('an older Node.js', () => {
  it.each([
    ['20.19.0', ''],
    ['22.17.1', ''],
    ['18.0.0', ''],
    ['23.4.0', ', but not 23'],
    ['23.11.1', ', but not 23'],
  ])('gets a plain sentence: %s', async (version, but) => {
    const versions = `{ ...process.versions, node: '${version}' }`
    const script = `Object.defineProperty(process, 'versions', { value: ${versions} })`
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(script)}`]
    const { code, stdout, stderr } = await cli(['--help'], { cwd: folder, nodeArgs })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(
      `error: Hookline needs Node.js 22.18 or later${but}; this is ${version}.`,
    )
    expect(stderr).toContain('code: node_too_old')
  })
})
