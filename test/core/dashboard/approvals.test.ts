import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../plugins/stores/sqlite/open-sqlite.ts'
import { call } from '../api/access/calls.ts'
import { ADMIN_TOKEN } from '../api/app.ts'
import { openConfigApp } from '../api/config/app.ts'
import { ConfigFolder, JSON_CONFIG } from '../config/config-folder.ts'
import { mountPages } from './open-dashboard.ts'

const CONFIG = {
  sources: { box: { use: 'custom', options: { unverified: true } } },
  programs: { deploy: { use: 'subprocess', options: { command: ['true'] } } },
  rules: [{ on: 'box', run: 'deploy', approval: { by: ['operator'] } }],
}

describe('the overview', () => {
  it('names each task that waits for a person, and leads to it', async () => {
    const store = await openSqlite()
    const { app } = await openConfigApp(new ConfigFolder({ [JSON_CONFIG]: CONFIG }), store)
    mountPages(app)
    const opened = { app, store }
    const overview = async () => (await call(opened, 'GET /', { token: ADMIN_TOKEN })).text()
    expect(await overview()).not.toContain('waits for an approval')
    await call(opened, 'POST /api/webhooks/box', { json: { type: 'x' } })
    const [pending] = await store.pendingApprovals({ limit: 1 })
    expect(await overview()).toContain(
      `<a href="/tasks/${pending?.taskId}">deploy waits for an approval</a>`,
    )
    for (const id of [2, 3, 4, 5]) await call(opened, 'POST /api/webhooks/box', { json: { id } })
    expect(await overview()).not.toContain('approval=pending')
    await call(opened, 'POST /api/webhooks/box', { json: {} })
    const shown = await overview()
    expect(shown).toContain('<a href="/tasks?approval=pending">More tasks wait for an approval.')
    expect(shown.split('waits for an approval').length - 1).toBe(5)
  })
})
