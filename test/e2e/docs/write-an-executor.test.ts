import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { startService, until } from '../service.ts'
import { filesOn, passedTests, runScript, writeAll } from './page-code.ts'

const folder = mkdtempSync(join(tmpdir(), 'hookline-page-'))
const files = filesOn('write-an-executor.md')
const env = { CUSTOM_TOKEN: 'token of the page' }
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('docs/write-an-executor.md', () => {
  writeAll(folder, files)

  it('makes an executor in at most 30 lines', () => {
    expect(files.get('plugins/journal.ts')?.trimEnd().split('\n').length).toBeLessThanOrEqual(30)
  })

  it('makes an executor that runs what the page sends', { timeout: 60_000 }, async () => {
    const service = await startService({ folder, env })
    try {
      const script = files.get('note.sh') ?? ''
      const sent = await runScript(script, { folder, env, url: service.url })
      expect(JSON.parse(sent)).toMatchObject({ tasks: [{ program: 'note' }] })
      const { tasks } = await until(
        () => service.get<{ tasks: { state: string; result: unknown }[] }>('/api/tasks'),
        ({ tasks: [task] }) => task?.state === 'succeeded',
      )
      const line = readFileSync(join(folder, 'events.jsonl'), 'utf8')
      expect(JSON.parse(line)).toEqual({
        type: 'update',
        args: ['12'],
        payload: { event: 'update', size: 12 },
      })
      expect(tasks).toMatchObject([{ result: { characters: line.length - 1 } }])
    } finally {
      await service.stop()
    }
  })

  it('has a test that passes', { timeout: 60_000 }, async () => {
    expect(await passedTests(folder, 'plugins/journal.test.ts')).toBe(2)
  })
})
