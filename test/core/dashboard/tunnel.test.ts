import { describe, expect, it } from 'vitest'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import type { TunnelStatus } from '../../../core/tunnel/supervisor.ts'
import { call } from '../api/access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../api/app.ts'
import { ConfigFolder, JSON_CONFIG } from '../config/config-folder.ts'
import { openManaged } from '../config/managed-setup.ts'
import { mountPages } from './open-dashboard.ts'

const UP: TunnelStatus = {
  ...{ plugin: 'cloudflare', state: 'up', url: 'https://hooks.example.com' },
  ...{ since: Date.now(), restarts: 2, fault: null },
}
const DOWN: TunnelStatus = {
  ...{ ...UP, state: 'down' },
  fault: {
    code: 'tunnel_tool_missing',
    message: 'The program `cloudflared` is not there',
    remedy: 'Install <it>.',
  },
}

async function show(tunnel: TunnelStatus | null, path: string, language = 'en') {
  const folder = new ConfigFolder({ [JSON_CONFIG]: {} })
  const more = async (store: StoreInstance) => {
    const { managed } = await openManaged(folder, store, { load: { clock: Date.now } })
    return { managed, tunnel: () => tunnel }
  }
  const opened = await openApp({}, (store) => store, { more })
  mountPages(opened.app)
  const headers = { 'accept-language': language }
  return (await call(opened, `GET ${path}`, { token: ADMIN_TOKEN, headers })).text()
}

describe('what pages show of a tunnel', () => {
  it.each(['/', '/nodes'])('is its state and its URL, which a click copies: %s', async (path) => {
    const page = await show(UP, path)
    expect(page).toMatch(/class="badge good">Open</)
    expect(page).toContain('data-copy="https://hooks.example.com"')
    expect(page).not.toContain('The tunnel is down')
  })

  it('is why it is down and what to do, in both languages', async () => {
    expect(await show(DOWN, '/')).toContain('The tunnel is down')
    const nodes = await show(DOWN, '/nodes')
    expect(nodes).toContain('The program `cloudflared` is not there')
    expect(nodes).toContain('Install &lt;it&gt;.')
    expect(nodes).toContain('data-copy="tunnel_tool_missing"')
    const chinese = await show(DOWN, '/nodes', 'zh')
    expect(chinese).toContain('已断开')
    expect(chinese).not.toContain('What to do')
  })

  it.each(['/', '/nodes'])('is nothing where a node has none: %s', async (path) => {
    expect(await show(null, path)).not.toContain('id="tunnel"')
  })
})
