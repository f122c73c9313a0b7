import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../../plugins/stores/sqlite/open-sqlite.ts'
import { CONFIG, ConfigFolder, JSON_CONFIG, PLUGINS } from '../../config/config-folder.ts'
import { DOOR, open, openConfigApp } from './app.ts'

const ANY = { 'if-match': '*' }
const TOOL = `
  import { defineExecutor } from 'hookline/sdk/executor'
  import { z } from 'zod'
  export const tool = defineExecutor({
    name: 'tool',
    summary: 'Runs nothing.',
    options: z.object({}),
    permissions: () => ({ runs: [], variables: [], folders: [], refused: [], isRoot: false }),
    create: () => ({ run: async () => ({ status: 'succeeded' }) }),
  })`

/** Two managed programs, and then a config file that takes none. */
async function openWithFaults() {
  const folder = new ConfigFolder({
    ...{ ...PLUGINS, 'plugins/tool.ts': TOOL },
    [JSON_CONFIG]: { ...CONFIG, managed: { programs: true } },
  })
  const store = await openSqlite()
  const app = await openConfigApp(folder, store)
  for (const name of ['one', 'two']) {
    const made = await app.call('POST', '/api/config/programs', { body: { name, use: 'tool' } })
    expect(made.status).toBe(201)
  }
  folder.write(JSON_CONFIG, { ...CONFIG, managed: { programs: false } })
  await app.live.reload()
  expect(app.live.lastError?.code).toBe('config_invalid')
  return { ...app, store }
}

describe('a managed config with several faults', () => {
  it('is repaired by deleting one part after the other', async () => {
    const { call, live, store } = await openWithFaults()
    const dry = await call('DELETE', '/api/config/programs/one?dryRun=true', { headers: ANY })
    expect([dry.status, dry.body.fault]).toEqual([200, expect.stringContaining('programs.two')])
    const first = await call('DELETE', '/api/config/programs/one', { headers: ANY })
    expect([first.status, first.body.fault]).toEqual([200, expect.stringContaining('programs.two')])
    expect(live.current.programs.has('one')).toBe(true)
    const second = await call('DELETE', '/api/config/programs/two', { headers: ANY })
    expect([second.status, second.body.fault]).toEqual([200, null])
    expect(live.lastError).toBeNull()
    expect([...live.current.programs.keys()]).toEqual(['deploy', 'tell'])
    const actions = (await store.auditEntries({ limit: 10 })).map(({ action }) => action)
    expect(actions.slice(-2)).toEqual(['config.program.delete', 'config.program.delete'])
  })

  it('refuses a deletion that would cause a new fault', async () => {
    const { call } = await openWithFaults()
    const rule = { name: 'mine', on: 'bell', run: 'one' }
    const refused = await call('POST', '/api/config/rules', { body: rule })
    expect(refused.status).toBe(422)
    const { call: other } = await open()
    await other('POST', '/api/config/webhooks', { body: DOOR })
    await other('POST', '/api/config/rules', { body: { name: 'r', on: 'door', run: 'tell' } })
    const used = await other('DELETE', '/api/config/webhooks/door', { headers: ANY })
    expect([used.status, used.body.code]).toEqual([409, 'config_in_use'])
  })
})
