import { readFileSync, statSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { cli } from '../../core/cli/cli-process.ts'
import { makeFolder, type Service, startService, until } from '../service.ts'

const SENT = 60

const { folder, remove } = makeFolder(`
import { defineConfig, env } from 'hookline'
import { subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
export default defineConfig({
  sources: { ci: custom({ token: env('CI_TOKEN', { generate: true }) }) },
  programs: { note: subprocess({ command: ['true'] }) },
  rules: [{ on: 'ci', run: 'note' }],
  dataDir: './data',
})`)
const data = join(folder, 'data')
let service: Service | undefined
afterEach(async () => {
  await service?.stop()
})
afterAll(remove)

async function send(url: string): Promise<string> {
  const token = readFileSync(join(data, 'secrets/CI_TOKEN'), 'utf8').trim()
  const answer = await fetch(`${url}/api/webhooks/ci`, {
    method: 'POST',
    headers: { 'x-webhook-token': token, 'content-type': 'application/json' },
    body: '{"type":"build"}',
  })
  expect(answer.status).toBe(202)
  const { tasks } = (await answer.json()) as { tasks: { id: string }[] }
  return tasks[0]?.id ?? 'no task'
}

describe('hookline backup', () => {
  it('copies the store of a running service, from which a new one continues', {
    timeout: 60_000,
  }, async () => {
    service = await startService({ folder })
    const { url } = service
    const before = await Promise.all(Array.from({ length: SENT }, () => send(url)))
    const sending = Promise.all(Array.from({ length: SENT }, () => send(url)))
    const file = join(folder, 'backups', 'one.db')
    await mkdir(join(folder, 'backups'))
    const made = await cli(['backup', 'backups/one.db', '--json'], { cwd: folder })
    expect({ code: made.code, stderr: made.stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(made.stdout)).toEqual({ file, bytes: statSync(file).size })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    await sending

    const again = await cli(['backup', 'backups/one.db'], { cwd: folder })
    expect(again.code).toBe(1)
    expect(again.stderr).toContain('code: store_backup_failed')
    expect(again.stderr).toContain('exists')

    expect(await service.stop()).toBe(0)
    for (const end of ['', '-wal', '-shm'])
      await rm(join(data, `hookline.db${end}`), { force: true })
    await rename(file, join(data, 'hookline.db'))
    const restored = await startService({ folder })
    service = restored
    for (const id of before) {
      expect(await restored.get(`/api/tasks/${id}`)).toMatchObject({ id })
    }
    const settled = () => restored.get<{ tasks: { state: string }[] }>('/api/tasks?limit=200')
    await until(settled, ({ tasks }) => tasks.every(({ state }) => state === 'succeeded'))
    await send(restored.url)
  })

  it('reports that there is no database yet', async () => {
    const args = ['backup', 'none.db', '--data', 'elsewhere']
    const { code, stderr } = await cli(args, { cwd: folder })
    expect(code).toBe(1)
    expect(stderr).toContain('code: store_backup_failed')
  })
})
