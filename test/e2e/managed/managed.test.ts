import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { loadConfig } from '../../../core/config/load/load.ts'
import { createConfiguredStore } from '../../../core/sealing/configured-store.ts'
import { contextIn } from '../../plugins/stores/sqlite/create-sqlite.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../service.ts'

const BIN = join(import.meta.dirname, '../../../core/cli/bin.ts')
const CONFIG = `
  import { defineConfig } from 'hookline'
  import { subprocess } from 'hookline/executors'
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
  export default defineConfig({
    programs: { say: subprocess({ command: ['/bin/echo', 'said'], ...user }) },
    managed: { programs: true, allowedCommands: ['/bin/*', '/usr/bin/*'] },
  })`
const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
const { folder, remove } = makeFolder(CONFIG)
afterAll(remove)

async function command(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const run = promisify(execFile)
  return run(process.execPath, [BIN, ...args], { cwd: folder }).then(
    ({ stdout, stderr }) => ({ code: 0, out: stdout, err: stderr }),
    (error) => ({ code: error.code, out: error.stdout, err: error.stderr }),
  )
}

function call({ url }: Service, method: string, path: string, body: object) {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
  return fetch(`${url}/api/config${path}`, { method, headers, body: JSON.stringify(body) })
}

/** Stopped with the test, also where it fails. */
async function start(): Promise<Service> {
  const service = await startService({ folder })
  onTestFinished(async () => void (await service.stop()))
  return service
}

describe('managed config of a service', () => {
  it('runs what was defined through the API, also after a restart', async () => {
    const service = await start()
    const parts = [
      ['/webhooks', { name: 'mine', use: 'custom', options: { token: 'token-of-this-test' } }],
      [
        '/programs',
        { name: 'job', use: 'subprocess', options: { command: ['/bin/echo', 'managed'], ...USER } },
      ],
      ['/rules', { name: 'r', on: 'mine.go', run: ['say', 'job'] }],
    ] as const
    for (const [path, body] of parts) {
      const answered = await call(service, 'POST', path, body)
      expect([answered.status, await answered.text()]).toEqual([201, expect.any(String)])
    }
    const denied = await call(service, 'POST', '/programs', {
      ...{ name: 'other', use: 'subprocess', options: { command: ['/etc/passwd'], ...USER } },
    })
    expect([denied.status, await denied.json()]).toMatchObject([
      422,
      { errors: [{ code: 'command_not_allowed', pointer: '/options' }] },
    ])
    await deliver(service, 2)
    await service.stop()
    const again = await start()
    await deliver(again, 4)
    await again.kill()
  })

  it('does not start with a faulty part until it is removed', async () => {
    const { logger } = contextIn(folder)
    const how = { cwd: folder, env: {}, overrides: {}, mode: 'check', logger } as const
    const config = await loadConfig({ ...how, clock: Date.now })
    const stores = createConfiguredStore({ config: () => config, env: {}, logger })
    await stores.inner.open()
    const value = JSON.stringify({ on: 'mine', run: 'nobody' })
    await stores.store.writeDocuments([{ collection: 'rules', name: 'bad', value }], null)
    const torn = { collection: 'rules', name: 'torn', value: 'hl1.torn' }
    await stores.inner.writeDocuments([torn], null)
    await stores.inner.close()
    const broken = await command('start', '--port', '0')
    expect([broken.code, broken.err]).toEqual([1, expect.stringContaining('document/rules/torn')])
    expect(await command('managed', 'delete', 'rules', 'torn', '--yes')).toMatchObject({ code: 0 })
    const refused = await command('start', '--port', '0')
    expect(refused.code).toBe(1)
    expect(refused.err).toMatch(/managed config: rules\.bad\.run: there is no program `nobody`/)
    expect(refused.err).toMatch(/`hookline managed delete rules bad`/)

    expect((await command('managed', 'list')).out).toMatch(/rules +bad/)
    expect(await command('managed', 'delete', 'rules', 'bad', '--yes')).toMatchObject({ code: 0 })
    const missing = await command('managed', 'delete', 'rules', 'bad', '--yes')
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('config_unknown')])
    const service = await start()
    const inUse = await command('managed', 'delete', 'rules', 'r', '--yes')
    expect([inUse.code, inUse.err]).toEqual([1, expect.stringContaining('data_dir_in_use')])
    expect(await service.get('/api/audit')).toMatchObject({
      entries: expect.arrayContaining([
        expect.objectContaining({ action: 'config.rule.delete', target: 'bad', actor: 'hookline' }),
      ]),
    })
    await service.stop()
  })
})

async function deliver(service: Service, expected: number): Promise<void> {
  const sent = await fetch(`${service.url}/api/webhooks/mine`, {
    method: 'POST',
    headers: { 'x-webhook-token': 'token-of-this-test', 'content-type': 'application/json' },
    body: JSON.stringify({ event: 'go' }),
  })
  expect(sent.status).toBe(202)
  const { tasks } = await until(
    () => service.get<{ tasks: { state: string; program: string }[] }>('/api/tasks'),
    (page) => page.tasks.filter(({ state }) => state === 'succeeded').length === expected,
  )
  expect(new Set(tasks.map(({ program }) => program))).toEqual(new Set(['say', 'job']))
}
