import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeEntry } from '../../../core/testing/store-cases/make-entry.ts'
import { cli } from '../../core/cli/cli-process.ts'
import { createIn } from '../../plugins/stores/sqlite/create-sqlite.ts'
import { makeFolder, type Service, startService, until } from '../service.ts'

const PASSWORD = 'p4ss/w0rd%of-this-test'
const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { sqlite } from 'hookline/stores'
export default defineConfig({ store: sqlite('./hookline.db') })`)
let service: Service | undefined

beforeAll(async () => {
  const store = createIn(folder)
  await store.open()
  for (let count = 0; count < 3; count++) await store.accept(makeEntry())
  await store.close()
})
afterEach(() => service?.stop())
afterAll(remove)

const move = (from: string, to: string, env: Readonly<Record<string, string>> = {}) =>
  cli(['migrate-store', '--from', from, '--to', to], { cwd: folder, env })

const copy = (name: string): string => {
  copyFileSync(join(folder, 'hookline.db'), join(folder, name))
  return `sqlite:${name}`
}

describe('hookline migrate-store', () => {
  it.each([
    ['hookline.db', 'sqlite:t.db', 2, 'A store is named as'],
    ['sqlite:', 'sqlite:t.db', 2, 'A store is named as'],
    ['nosql:x', 'sqlite:t.db', 2, 'There is no store'],
    ['sqlite:env:NOT_SET', 'sqlite:t.db', 1, 'code: env_missing'],
    ['sqlite:none.db', 'sqlite:t.db', 1, 'There is no database'],
    ['sqlite:webhook.config.ts', 'sqlite:t.db', 1, 'code: store_unavailable'],
    ['config', 'sqlite:hookline.db', 1, 'code: data_dir_in_use'],
    ['config', 'sqlite:webhook.config.ts', 1, 'code: store_unavailable'],
    ['config', 'postgres:env:NO_URL', 1, 'NO_URL'],
  ])('refuses %s to %s', async (from, to, code, said) => {
    const answer = await move(from, to)
    expect(answer.code).toBe(code)
    expect(answer.stderr).toContain(said)
  })

  it('never prints a password, wherever it was given', { timeout: 60_000 }, async () => {
    const encoded = encodeURIComponent(PASSWORD)
    for (const url of [
      `postgres://me:${encoded}@127.0.0.1:1/db`,
      `postgres://me:${encoded}@[/db`,
      `postgres://me:${encoded}@127.0.0.1:1/db?sslmode=${encoded}`,
    ]) {
      for (const place of ['postgres:env:DB', url, `postgres:${url}`]) {
        const { code, stdout, stderr } = await move('config', place, { DB: url })
        expect(code).toBe(1)
        for (const shown of [PASSWORD, encoded]) expect(stdout + stderr).not.toContain(shown)
        const isOnLine = place !== 'postgres:env:DB' && !url.includes('[')
        expect(stderr.includes('warning: others on this machine')).toBe(isOnLine)
      }
    }
  })

  it('refuses a store that a service uses', async () => {
    service = await startService({ folder })
    expect((await move('config', 'sqlite:t.db')).stderr).toContain('code: data_dir_in_use')
    copy('other.db')
    const { stderr } = await move('sqlite:other.db', 'config')
    expect(stderr).toContain('code: data_dir_in_use')
  })

  it('moves what a killed service left, including its write-ahead log', async () => {
    const dataDir = join(folder, 'killed')
    const config = `
      import { defineConfig } from 'hookline'
      import { subprocess } from 'hookline/executors'
      import { custom } from 'hookline/sources'
      export default defineConfig({
        sources: { hook: custom({ token: 'token-of-this-test' }) },
        programs: { wait: subprocess({ command: ['sleep', '60'] }) },
        rules: [{ on: 'hook', run: 'wait' }],
      })`
    writeFileSync(join(folder, 'killed.config.ts'), config)
    const args = ['--data', 'killed', '--config', 'killed.config.ts']
    const killed = await startService({ folder, args })
    const answer = await fetch(`${killed.url}/api/webhooks/hook`, {
      method: 'POST',
      headers: { 'x-webhook-token': 'token-of-this-test', 'content-type': 'application/json' },
      body: '{"type":"x"}',
    })
    expect(answer.status).toBe(202)
    await until(
      () => killed.get<{ tasks: { state: string }[] }>('/api/tasks'),
      ({ tasks }) => tasks[0]?.state === 'running',
    )
    await killed.kill()
    const files = () =>
      ['hookline.db', 'hookline.db-wal'].map((name) => readFileSync(join(dataDir, name)))
    const before = files()
    expect(before[1]?.byteLength).toBeGreaterThan(0)
    const { code, stdout } = await move('sqlite:killed/hookline.db', 'sqlite:moved/hookline.db')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^tasks +1 +1 /m)
    expect(files()).toEqual(before)
    const store = createIn(join(folder, 'moved'))
    await store.open()
    const [task] = (await store.tasks({ limit: 2 })).items
    const attempts = await store.attempts(task?.id ?? '')
    await store.close()
    expect(task).toMatchObject({ state: 'waiting', attempts: 0, lostAttempts: 1 })
    expect(attempts).toMatchObject([{ status: 'lost' }])
  })

  it('does not change a store of another version', async () => {
    const place = copy('versions.db')
    for (const [version, code] of [
      [1, 'transfer_refused'],
      [999, 'store_too_new'],
    ] as const) {
      const database = new DatabaseSync(join(folder, 'versions.db'))
      database.exec(`PRAGMA user_version = ${version}`)
      database.close()
      const before = readFileSync(join(folder, 'versions.db'))
      expect((await move(place, 'sqlite:t.db')).stderr).toContain(`code: ${code}`)
      expect((await move('config', place)).stderr).toContain(`code: ${code}`)
      expect(readFileSync(join(folder, 'versions.db')).equals(before)).toBe(true)
    }
  })

  it('finds a single byte that differs, and lets no service open that store', async () => {
    const from = copy('from.db')
    const filled = await cli(
      ['migrate-store', '--from', from, '--to', 'sqlite:data/hookline.db', '--json'],
      { cwd: folder },
    )
    expect(filled.code).toBe(0)
    const target = new DatabaseSync(join(folder, 'data/hookline.db'))
    target.exec('UPDATE transfer SET finished_at = NULL')
    target.exec("UPDATE deliveries SET body = CAST('{}' AS BLOB) WHERE rowid = 2")
    target.close()
    const { code, stdout, stderr } = await move(from, 'sqlite:data/hookline.db')
    expect(code).toBe(1)
    expect(stderr).toContain('Not equal in both stores: deliveries\n')
    expect(stdout).toMatch(/^deliveries +3 +3 .* NO$/m)
    const store = createIn(join(folder, 'data'))
    await expect(store.open()).rejects.toMatchObject({ code: 'store_incomplete' })
  })
})
