import { afterAll, describe, expect, it } from 'vitest'
import { run } from '../../../core/cli/main.ts'
import { cli, emptyFolder } from './cli-process.ts'

const { folder, remove } = emptyFolder()
afterAll(remove)

const COMMANDS = [
  ...[
    'start',
    'dev',
    'init',
    'check',
    'send',
    'tasks',
    'task',
    'logs',
    'run',
    'retry',
    'cancel',
    'jobs',
  ],
  ...['deliveries', 'explain', 'doctor', 'forward', 'replay', 'plugin', 'token', 'audit', 'backup'],
  ...['secrets', 'redact', 'managed', 'schema', 'backtest'],
  ...['nodes', 'drain', 'service', 'migrate-store', 'pauses', 'pause', 'resume'],
  ...['registrations', 'register', 'unregister', 'catch-up'],
]

describe('hookline --help', () => {
  it('names every command', async () => {
    const { code, stdout } = await cli(['--help'], { cwd: folder })
    expect(code).toBe(0)
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  })

  it.each(COMMANDS)('is there for %s', async (command) => {
    const written: string[] = []
    const write = process.stdout.write
    process.stdout.write = (text) => written.push(String(text)) > 0
    try {
      expect(await run(['node', 'hookline', command, '--help'])).toBe(0)
    } finally {
      process.stdout.write = write
    }
    expect(written.join('')).toContain(`Usage: hookline ${command}`)
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

describe('an older Node.js', () => {
  it.each(['20.19.0', '22.17.1', '18.0.0'])('gets a plain sentence: %s', async (version) => {
    const versions = `{ ...process.versions, node: '${version}' }`
    const script = `Object.defineProperty(process, 'versions', { value: ${versions} })`
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(script)}`]
    const { code, stdout, stderr } = await cli(['--help'], { cwd: folder, nodeArgs })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(`error: Hookline needs Node.js 22.18 or later; this is ${version}.`)
    expect(stderr).toContain('code: node_too_old')
  })
})
