import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { PACKAGE } from '../../../core/cli/invocation.ts'
import { type UnitPlan, unitText } from '../../../core/cli/systemd/unit.ts'
import { missingTool } from '../../requirements.ts'
import { BIN, cli, emptyFolder } from './cli-process.ts'

const run = promisify(execFile)
const { folder, remove } = emptyFolder()
afterAll(remove)

const PLAN: UnitPlan = {
  scope: 'system',
  command: [process.execPath, '/opt/hookline/bin.js', 'start', '--config', '/srv/hooks/c.ts'],
  folder: '/srv',
  dataDir: '/var/lib/hookline',
  user: 'hookline',
  groups: [],
  writable: [],
  environmentFile: '/etc/hookline/environment',
  keyFile: null,
  allowsNamespaces: false,
  stopSeconds: 30,
}

function linesOf(changes: Partial<UnitPlan>): string[] {
  return unitText({ ...PLAN, ...changes }).split('\n')
}

describe('the text of a unit', () => {
  it.each<[string, Partial<UnitPlan>, string]>([
    ['a blank', { dataDir: '/a b' }, 'ReadWritePaths="/a b"'],
    ['a quote', { dataDir: '/a"b' }, 'ReadWritePaths="/a\\"b"'],
    ['a backslash', { dataDir: '/a\\b' }, 'ReadWritePaths="/a\\\\b"'],
    ['a specifier', { dataDir: '/100%h' }, 'ReadWritePaths=/100%%h'],
    ['a variable', { command: ['/bin/$HOME'] }, 'ExecStart=/bin/$$HOME'],
    ['a semicolon', { command: ['/bin/a', ';'] }, 'ExecStart=/bin/a ";"'],
    ['nothing', { command: ['/bin/a', ''] }, 'ExecStart=/bin/a ""'],
    ['a blank in a folder', { folder: '/a b%' }, 'WorkingDirectory=/a b%%'],
    ['more paths', { writable: ['/srv/www'] }, 'ReadWritePaths=/var/lib/hookline /srv/www'],
    ['groups', { groups: ['docker', 'www'] }, 'SupplementaryGroups=docker www'],
    ['a key', { keyFile: '/etc/key' }, 'LoadCredential=hookline-key:/etc/key'],
    ['a long stop', { stopSeconds: 600.5 }, 'TimeoutStopSec=666'],
    ['a config at home', { folder: '/home/me/hooks' }, 'ProtectHome=read-only'],
    ['a config elsewhere', { folder: '/homestead' }, 'ProtectHome=yes'],
    ['data in /tmp', { dataDir: '/tmp/x' }, 'PrivateTmp=no'],
    ['sandboxes', { allowsNamespaces: true }, 'SystemCallFilter=@system-service @mount'],
  ])('holds %s', (_name, changes, line) => {
    expect(linesOf(changes)).toContain(line)
  })

  it.each(['\n', '\r', '\0', '\u0085'])('refuses the control character %j', (character) => {
    expect(() => linesOf({ dataDir: `/a${character}User=root` })).toThrow(/control characters/)
    expect(() => linesOf({ folder: `/a${character}` })).toThrow(/control characters/)
  })

  it('leaves out what would break sandboxes, root or user units', () => {
    const without = (changes: Partial<UnitPlan>, start: string) =>
      !linesOf(changes).some((line) => line.startsWith(start))
    expect(without({ allowsNamespaces: true }, 'RestrictNamespaces')).toBe(true)
    expect(without({ allowsNamespaces: true }, 'ProtectKernelTunables')).toBe(true)
    expect(without({ user: 'root' }, 'CapabilityBoundingSet')).toBe(true)
    expect(without({ scope: 'user', user: null }, 'User=')).toBe(true)
    expect(without({ scope: 'user', user: null }, 'ProtectSystem')).toBe(true)
    expect(linesOf({ scope: 'user', user: null })).toContain('WantedBy=default.target')
  })
})

const missing = missingTool('systemd-analyze')

describe('systemd', () => {
  it.for<[string, Partial<UnitPlan>]>([
    ['plain', {}],
    ['of everything', { keyFile: '/etc/key', groups: ['root'], writable: ['/srv', '/a b'] }],
    ['with sandboxes', { allowsNamespaces: true }],
    ['of a user', { scope: 'user', user: null }],
    ['with odd paths', { dataDir: '/a b/100%h/"$x', folder: '/tmp' }],
  ])('accepts a unit %s', async ([name, changes], { skip }) => {
    if (missing !== null) skip(missing)
    const file = join(folder, `${name.replaceAll(' ', '-')}.service`)
    const command = [process.execPath, '/a "b" %h $HOME;', 'start']
    writeFileSync(file, unitText({ ...PLAN, command, ...changes }))
    const { stdout, stderr } = await run('systemd-analyze', ['verify', '--man=no', file])
    expect(stdout + stderr).toBe('')
  })

  it('rates the restrictions of a unit as good', async ({ skip }) => {
    if (missing !== null) skip(missing)
    const file = join(folder, 'exposed.service')
    writeFileSync(file, unitText(PLAN))
    // Fails above 2.5 of 10.
    const words = ['security', '--offline=yes', '--threshold=25', '--no-pager', file]
    const { stdout } = await run('systemd-analyze', words)
    expect(stdout).toMatch(/Overall exposure level.*: [0-2]\.\d OK/)
  })
})

describe('hookline service install --print', () => {
  const words = ['service', 'install', '--scope', 'system', '--print']

  it('shows a unit for the config, with the variables of its file', async () => {
    const cwd = join(folder, 'with config')
    mkdirSync(cwd)
    writeFileSync(join(cwd, 'env'), 'BELL_TOKEN=a-token-that-is-long-enough\n')
    const token = { env: 'BELL_TOKEN' }
    const config = {
      sources: { bell: { use: 'custom', options: { token } } },
      node: { stopSeconds: 100 },
    }
    writeFileSync(join(cwd, 'webhook.config.json'), JSON.stringify(config))
    const more = ['--env-file', 'env', '--label', 'gpu', '--label', 'eu', '--role', 'work']
    const { code, stdout, stderr } = await cli([...words, ...more, '--data', 'kept'], { cwd })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(
      `start --config "${cwd}/webhook.config.json" --data "${cwd}/kept" --role work --label gpu --label eu\n`,
    )
    expect(stdout).toContain(`WorkingDirectory=${cwd}\n`)
    expect(stdout).toContain(`EnvironmentFile=-${cwd}/env\n`)
    expect(stdout).toContain('TimeoutStopSec=165\n')
    expect(stdout).not.toContain('a-token')
  })

  it('refuses to start from a cache of npx', async () => {
    const cache = join(folder, '_npx')
    mkdirSync(cache)
    symlinkSync(BIN, join(cache, 'hookline.ts'))
    writeFileSync(join(folder, 'webhook.config.json'), '{}')
    const call = run(process.execPath, [join(cache, 'hookline.ts'), ...words], { cwd: folder })
    await expect(call).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`npm install --global ${PACKAGE}`),
    })
  })

  it.each([
    [['--user', 'a b'], "'a b' is not a valid name of an account"],
    [['--group', '../x'], "'../x' is not a valid name"],
    [['--name', 'a/b'], "'a/b' is not a valid name of a unit"],
    [['--name', ''], "'' is not a valid name of a unit"],
    [['--scope', 'user', '--user', 'me'], '--user cannot be given'],
  ])('refuses %j', async (more, message) => {
    writeFileSync(join(folder, 'webhook.config.json'), '{}')
    const { code, stdout, stderr } = await cli([...words, ...more], { cwd: folder })
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})
