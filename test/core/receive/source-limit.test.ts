import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isUndecided, withSourceLimit } from '../../../core/receive/source-limit.ts'
import { openApp } from '../api/app.ts'

describe('withSourceLimit', () => {
  it('passes on what is there, and what comes in time', async () => {
    expect(withSourceLimit('there')).toBe('there')
    expect(await withSourceLimit(Promise.resolve('came'))).toBe('came')
  })

  it('gives up what never comes', async () => {
    const error = await Promise.resolve(withSourceLimit(new Promise(() => {}), 0.01)).catch(
      (fault) => fault,
    )
    expect(isUndecided(error)).toBe(true)
    expect(error).toMatchObject({ fields: { retryAfterSeconds: 1 } })
  })

  it('passes on the failure of a source', async () => {
    await expect(withSourceLimit(Promise.reject(new Error('its own')))).rejects.toThrow('its own')
  })
})

describe('a source that cannot decide just now', () => {
  let folder = ''
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hookline-undecided-'))
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it.each(['verify', 'parse'])(
    'in %s has the sender come again, and refuses nothing',
    async (step) => {
      writeFileSync(join(folder, 'undecided.ts'), pluginText(step))
      const { app, store } = await openApp({
        plugins: [folder],
        sources: { undecided: { use: 'undecided' } },
      })
      const answer = await app.request('/api/webhooks/undecided', { method: 'POST', body: '{}' })
      expect(answer.status).toBe(503)
      expect(await answer.json()).toMatchObject({ code: 'source_unavailable' })
      expect((await store.deliveries({ limit: 10 })).items).toEqual([])
    },
  )
})

function pluginText(step: string): string {
  const fault = "throw new HooklineError('source_unavailable', 'the certificate is not there yet')"
  return `
    import { defineSource, HooklineError } from 'hookline/sdk/source'
    import { z } from 'zod'
    export const undecided = defineSource({
      name: 'undecided', summary: 'of the test', options: z.object({}), events: {},
      create: () => ({
        verify: () => { ${step === 'verify' ? fault : ''}; return { ok: true } },
        parse: () => { ${step === 'parse' ? fault : ''}; return [] },
      }),
    })`
}
