import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Service, startService, until } from '../service.ts'
import { filesOn, passedTests, runScript, writeAll } from './page-code.ts'

const folder = mkdtempSync(join(tmpdir(), 'hookline-page-'))
const files = filesOn('write-a-source.md')
const env = { BELL_SECRET: 'secret of the bell' }
const tasksOf = (service: Service) => () =>
  service.get<{ tasks: { id: string; state: string; program: string }[] }>('/api/tasks')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('docs/write-a-source.md', () => {
  writeAll(folder, files)

  it.each(['plugins/bell.ts', 'plugins/knock.ts'])('makes %s in at most 30 lines', (name) => {
    expect(files.get(name)?.trimEnd().split('\n').length).toBeLessThanOrEqual(30)
  })

  it('makes a source that takes what the page sends', { timeout: 60_000 }, async () => {
    const service = await startService({ folder, env })
    try {
      const script = files.get('ring.sh') ?? ''
      const sent = await runScript(script, { folder, env, url: service.url })
      expect(JSON.parse(sent)).toMatchObject({ duplicate: false, tasks: [{ program: 'open' }] })
      const again = await runScript(script, { folder, env, url: service.url })
      expect(JSON.parse(again)).toMatchObject({ duplicate: true })
      const wrong = { ...env, BELL_SECRET: 'another' }
      const refused = await runScript(script, { folder, env: wrong, url: service.url })
      expect(JSON.parse(refused)).toMatchObject({ code: 'delivery_refused' })

      const { tasks } = await until(
        tasksOf(service),
        ({ tasks: [task] }) => task?.state === 'succeeded',
      )
      expect(tasks).toHaveLength(1)
      const log = await service.get<unknown>(`/api/tasks/${tasks[0]?.id}/log`)
      expect(JSON.stringify(log)).toContain('open front')
    } finally {
      await service.stop()
    }
  })

  it('makes a source by hand that takes batches', { timeout: 60_000 }, async () => {
    const config = {
      plugins: ['./plugins'],
      sources: { knock: { use: 'knock', options: { token: 'token of the knock' } } },
      programs: { say: { use: 'subprocess', options: { command: ['echo'] } } },
      rules: [{ on: 'knock', run: 'say' }],
      dataDir: './other',
    }
    writeFileSync(join(folder, 'other.json'), JSON.stringify(config))
    const service = await startService({ folder, env: { HOOKLINE_CONFIG: 'other.json' } })
    try {
      const send = (token: string) =>
        fetch(`${service.url}/api/webhooks/knock`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-knock-token': token },
          body: '{"knocks":[{"id":1},{"id":2}]}',
        })
      expect((await send('token of the knock')).status).toBe(202)
      expect((await send('another')).status).toBe(401)
      const { tasks } = await until(tasksOf(service), ({ tasks }) =>
        tasks.every(({ state }) => state === 'succeeded'),
      )
      expect(tasks).toHaveLength(2)
    } finally {
      await service.stop()
    }
  })

  it('has a test that passes', { timeout: 60_000 }, async () => {
    expect(await passedTests(folder, 'plugins/bell.test.ts')).toBeGreaterThan(15)
  })
})
