import { describe, expect, it } from 'vitest'
import { openSqlite } from '../../../plugins/stores/sqlite/open-sqlite.ts'
import { ConfigFolder, PLUGINS } from '../../config/config-folder.ts'
import { MASK, openConfigApp } from './app.ts'

/** Two plugins of one name, which a config in TypeScript may bring; what is plain to one is a secret of the other. */
const CONFIG = `
  import { defineConfig } from 'hookline'
import { defineSource, secret } from 'hookline/sdk/source'
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
  it('never show a value that is a secret of one of them', async () => {
    const folder = new ConfigFolder({ ...PLUGINS, 'webhook.config.ts': CONFIG })
    const { call } = await openConfigApp(folder, await openSqlite())
    const { body } = await call('GET', '/api/config/webhooks/two')
    expect(body.options).toEqual({ word: MASK })
    const all = await call('GET', '/api/config')
    expect(JSON.stringify(all.body)).not.toContain('second-word')
  })
})
