import { describe, expect, it } from 'vitest'
import { ConfigFolder, JSON_CONFIG } from './config-folder.ts'

const PLUGIN = `
  import { defineSource, secret } from 'hookline/sdk/source'
  import { z } from 'zod'
  export const picky = defineSource({
    name: 'picky',
    summary: 'Takes no secret.',
    options: z.object({ secret: secret() }),
    events: {},
    create: ({ secret }) => { throw new Error('cannot use ' + secret + ' as a key') },
  })`

describe('a plugin whose own error quotes a secret', () => {
  it('is told of without the secret', async () => {
    const folder = new ConfigFolder({
      'plugins/picky.ts': PLUGIN,
      [JSON_CONFIG]: {
        plugins: ['./plugins'],
        sources: { picky: { use: 'picky', options: { secret: { env: 'PICKY' } } } },
      },
    })
    const { message } = await folder.fault({ env: { PICKY: 'very-secret-value' } })
    expect(message).toContain('the plugin `picky` failed: cannot use [redacted] as a key')
    expect(message).not.toContain('very-secret-value')
  })
})
