import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { cli, emptyFolder } from './cli-process.ts'

const { folder, remove } = emptyFolder()
afterAll(remove)
const isRoot = process.getuid?.() === 0
const NOBODY = ['--reuid', '65534', '--regid', '65534', '--clear-groups']
const CONFIG = { sources: { box: { use: 'custom', options: { token: 'token-of-this-test' } } } }

writeFileSync(join(folder, 'webhook.config.json'), JSON.stringify(CONFIG))
writeFileSync(join(folder, 'file'), '')
chmodSync(folder, 0o755)

const start = (args: readonly string[], env: Record<string, string> = {}) =>
  cli(['start', '--port', '0', ...args], { cwd: folder, env })

describe('a start that cannot succeed', { timeout: 60_000 }, () => {
  it.each([
    [
      'a file in place of the data folder',
      ['--data', 'file'],
      'data_dir_unusable',
      'is not a folder',
    ],
    ['a data folder below a file', ['--data', 'file/x'], 'data_dir_unusable', 'is not a folder'],
    [
      'an address of another machine',
      ['--host', '203.0.113.7'],
      'address_unavailable',
      '203.0.113.7',
    ],
    ['a name without address', ['--host', 'no.invalid'], 'address_unavailable', 'no.invalid'],
  ])('names %s and what to do', async (_name, args, code, message) => {
    const { code: exit, stderr } = await start(args)
    expect(exit).toBe(1)
    expect(stderr).toContain(message)
    expect(stderr).toContain(`code: ${code}\n`)
    expect(stderr).not.toContain('   at ')
  })

  it('names a port that is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const address = other.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const { stderr } = await start(['--host', '127.0.0.1', '--port', port])
    other.close()
    expect(stderr).toContain(`Port ${port} on 127.0.0.1 is in use\n  code: address_in_use\n`)
  })

  it.runIf(isRoot)('names the folder of another owner, its owner and the user', async () => {
    mkdirSync(join(folder, 'foreign'))
    const args = ['start', '--port', '0', '--data', 'foreign']
    for (const env of [{}, { HOOKLINE_ADMIN_TOKEN: 'a-token-of-this-test' }]) {
      const { stderr } = await cli(args, { cwd: folder, env, command: ['setpriv', ...NOBODY] })
      expect(stderr).toMatch(/User 65534.* may not use .*foreign.*belongs to user 0 and has mode/)
      expect(stderr).toMatch(/code: data_dir_unusable\n.*chown/)
    }
  })
})

describe('hookline init', { timeout: 60_000 }, () => {
  it.runIf(isRoot)('names the folder that it may not write to', async () => {
    const closed = join(folder, 'closed')
    mkdirSync(closed)
    const command = ['setpriv', ...NOBODY]
    for (const args of [
      ['init', '--source', 'github'],
      ['plugin', 'new', 'source', 'bell'],
    ]) {
      const { code, stderr } = await cli(args, { cwd: closed, command })
      expect(code).toBe(1)
      expect(stderr).toMatch(/User 65534.* may not use .*closed.*\n {2}code: path_unusable\n/)
    }
  })
})

describe('hookline start --data', { timeout: 60_000 }, () => {
  it('takes the database along that the config names in its data folder', async () => {
    const config = { ...CONFIG, store: { use: 'sqlite', options: { path: './data/own.db' } } }
    writeFileSync(join(folder, 'stored.json'), JSON.stringify(config))
    mkdirSync(join(folder, 'data'), { recursive: true })
    writeFileSync(join(folder, 'data/own.db'), '')
    const ended = await start(['-c', 'stored.json', '--data', 'moved', '--host', '203.0.113.7'])
    expect(ended.stderr).toContain('address_unavailable')
    expect(existsSync(join(folder, 'moved/own.db'))).toBe(true)
    expect(existsSync(join(folder, 'moved/admin-token'))).toBe(true)
    expect(ended.stdout).toMatch(/The database .*data\/own\.db is not used/)
  })
})
