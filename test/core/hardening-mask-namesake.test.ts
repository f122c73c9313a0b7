import { describe, expect, it } from 'vitest'
import { MASK, openConfigApp } from './config-app.ts'
import { ConfigFolder, PLUGINS } from './config-folder.ts'
import { openStore } from './managed-setup.ts'

/** Two plugins of one name, which a config in TypeScript may bring; what is plain to one is a secret of the other. */
const CONFIG = `
  import { defineConfig, defineSource, secret } from 'hookline'
  import { z } from 'zod'
  const make = (options) => defineSource({
    name: 'bell', summary: 'Rings.', options, events: {},
    create: () => ({ verify: () => ({ ok: true }), parse: () => [] }),
  })
  const plain = make(z.object({ word: z.string() }))
  const hidden = make(z.object({ word: secret() }))
  export default defineConfig({
    plugins: ['./plugins'],
    sources: { one: plain({ word: 'first-word' }), two: hidden({ word: 'second-word' }) },
    rules: [], store: { use: 'box' },
  })`

describe('plugins of one name', () => {
  it('show nothing that is a secret of any of them', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, 'webhook.config.ts': CONFIG })
    const { call } = await openConfigApp(folder, await openStore())
    const { body } = await call('GET', '/api/config/webhooks/two')
    expect(body.options).toEqual({ word: MASK })
    const all = await call('GET', '/api/config')
    expect(JSON.stringify(all.body)).not.toContain('second-word')
  })
})
