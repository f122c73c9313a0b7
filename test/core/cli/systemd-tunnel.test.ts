import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import {
  type TunnelUnitPlan,
  tunnelFilesOf,
  tunnelUnitText,
} from '../../../core/cli/systemd/tunnel-unit.ts'
import { missingTool } from '../../requirements.ts'
import { cli, emptyFolder } from './cli-process.ts'

const run = promisify(execFile)
const { folder, remove } = emptyFolder()
afterAll(remove)

const PLAN: TunnelUnitPlan = {
  scope: 'system',
  serviceName: 'hookline',
  service: {
    command: [process.execPath, '--config', '{config}', '--at=100%', '--key', '{key}'],
    files: { config: { text: '{}' }, key: { path: '/a b/100%.json' } },
    notifies: true,
  },
  fileOf: (name) => `/etc/hookline/hookline-tunnel.${name}`,
}

describe('the unit of a tunnel', () => {
  const text = tunnelUnitText(PLAN)
  const lines = text.split('\n')

  it('starts after the service, and starts again by itself', () => {
    expect(lines).toContain('Wants=hookline.service network-online.target')
    expect(lines).toContain('After=hookline.service network-online.target')
    expect(lines).toContain('Type=notify')
    expect(lines).toContain('Restart=always')
    expect(lines).toContain('StartLimitIntervalSec=0')
  })

  it('gets its files from systemd, which reads them as root', () => {
    expect(lines).toContain('LoadCredential=config:/etc/hookline/hookline-tunnel.config')
    expect(lines).toContain('LoadCredential=key:/a b/100%%.json')
    expect(text).toMatch(/^ExecStart=\S+ --config "%d\/config" --at=100%% --key "%d\/key"$/m)
  })

  it('tells which files were written for it, and no others', () => {
    expect(tunnelFilesOf(text)).toEqual(['/etc/hookline/hookline-tunnel.config'])
  })

  it('needs nothing of the machine in a unit of a user', () => {
    const user = tunnelUnitText({ ...PLAN, scope: 'user' }).split('\n')
    expect(user).toContain('After=hookline.service')
    expect(user).toContain('WantedBy=default.target')
    expect(user.some((line) => line.startsWith('DynamicUser'))).toBe(false)
  })

  const missing = missingTool('systemd-analyze')

  it('is accepted by systemd, and rated as good', async ({ skip }) => {
    if (missing !== null) skip(missing)
    const file = join(folder, 'hookline-tunnel.service')
    const other = join(folder, 'hookline.service')
    writeFileSync(other, `[Service]\nExecStart=${process.execPath}\n`)
    writeFileSync(file, text)
    const checked = await run('systemd-analyze', ['verify', '--man=no', file, other])
    expect(checked.stdout + checked.stderr).toBe('')
    const words = ['security', '--offline=yes', '--threshold=25', '--no-pager', file]
    const { stdout } = await run('systemd-analyze', words)
    expect(stdout).toMatch(/Overall exposure level.*: [0-2]\.\d OK/)
  })
})

describe('hookline service install --tunnel', () => {
  const words = ['service', 'install', '--scope', 'system', '--print', '--tunnel']
  const TOKEN = 'a-token-of-a-tunnel-that-is-long'

  function configured(name: string, tunnel: object | undefined): string {
    const cwd = join(folder, name)
    mkdirSync(cwd)
    writeFileSync(join(cwd, 'env'), `TUNNEL_TOKEN=${TOKEN}\n`)
    writeFileSync(join(cwd, 'webhook.config.json'), JSON.stringify({ tunnel }))
    return cwd
  }
  const cloudflare = (options: object) => ({
    use: 'cloudflare',
    options: { hostname: 'hooks.example.com', command: process.execPath, ...options },
  })
  const install = (cwd: string) => cli([...words, '--env-file', 'env'], { cwd })

  it('prints the unit of the tunnel too, without its token', async () => {
    const options = { token: { env: 'TUNNEL_TOKEN' }, port: 12_346, external: true }
    const cwd = configured('token', cloudflare(options))
    const { code, stdout, stderr } = await install(cwd)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('Description=Hookline: webhooks that run programs\n')
    expect(stdout).toContain('Description=Tunnel of hookline\n')
    expect(stdout).toContain(`LoadCredential=token:${cwd}/hookline-tunnel.token\n`)
    expect(stdout).toContain(
      `ExecStart=${process.execPath} tunnel --config "%d/config" --no-autoupdate --grace-period 4s run --token-file "%d/token"\n`,
    )
    expect(stdout).not.toContain(TOKEN)
  })

  it('takes the credentials file from where it is', async () => {
    const options = { credentialsFile: './tunnel.json', port: 12_346, external: true }
    const cwd = configured('credentials', cloudflare(options))
    const { stdout } = await install(cwd)
    expect(stdout).toContain(`LoadCredential=credentials:${cwd}/tunnel.json\n`)
    expect(stdout).toContain('run --credentials-file "%d/credentials"\n')
  })

  it.each([
    ['no tunnel', undefined, 'The config has no tunnel'],
    [
      'a tunnel that Hookline runs',
      cloudflare({ token: TOKEN }),
      'Hookline runs the tunnel of the config itself',
    ],
    [
      'a tool without a unit',
      {
        use: 'command',
        options: {
          ...{ command: ['x'], openPattern: 'x', url: 'https://a.example.com' },
          ...{ port: 12_346, external: true },
        },
      },
      'The tunnel command cannot run as a unit of its own',
    ],
  ])('refuses %s', async (name, tunnel, message) => {
    const { code, stdout, stderr } = await install(configured(name, tunnel))
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain(message)
  })
})
