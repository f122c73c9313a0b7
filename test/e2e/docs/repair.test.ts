import { closeSync, openSync, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { missingTool } from '../../requirements.ts'
import { makeFolder, type Service, startService } from '../service.ts'
import { runScript } from './page-code.ts'
import { pageOf } from './pages.ts'

const CONFIG = `
import { defineConfig } from 'hookline'
import { custom } from 'hookline/sources'
export default defineConfig({ sources: { open: custom({ unverified: true }) } })`
const missing = missingTool('sqlite3')

it.skipIf(missing !== null)(
  'what the page says about a damaged database saves the rest',
  async () => {
    const { folder, remove } = makeFolder(CONFIG)
    const data = join(folder, 'data')
    try {
      const sent = await withService(folder, async (service) => {
        const answer = await fetch(`${service.url}/api/webhooks/open`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"event":"ring"}',
        })
        return ((await answer.json()) as { delivery: string }).delivery
      })
      damage(join(data, 'hookline.db'), 'attempts')
      await runScript(repairs(), { folder: data, url: '', env: {} })
      expect(readdirSync(join(data, 'damaged'))).toContain('hookline.db')
      const { deliveries } = await withService(folder, (service) =>
        service.get<{ deliveries: { id: string }[] }>('/api/deliveries'),
      )
      expect(deliveries.map(({ id }) => id)).toEqual([sent])
    } finally {
      remove()
    }
  },
)

/** The commands of the section. */
function repairs(): string {
  const section = pageOf('docs/operate.md').split('## If the database is damaged')[1] ?? ''
  const [, script = ''] = /```sh\n([\s\S]*?)```/.exec(section) ?? []
  return script
}

async function withService<Result>(folder: string, use: (service: Service) => Promise<Result>) {
  const service = await startService({ folder })
  try {
    return await use(service)
  } finally {
    await service.stop()
  }
}

/** Overwrites the page that a small table begins with. */
function damage(file: string, table: string): void {
  const database = new DatabaseSync(file, { readOnly: true })
  const sql = 'SELECT rootpage, page_size FROM sqlite_schema, pragma_page_size WHERE name = ?'
  const { rootpage, page_size } = database.prepare(sql).get(table) as Record<string, number>
  database.close()
  const size = Number(page_size)
  const descriptor = openSync(file, 'r+')
  writeSync(descriptor, Buffer.alloc(size, 0xa5), 0, size, (Number(rootpage) - 1) * size)
  closeSync(descriptor)
}
