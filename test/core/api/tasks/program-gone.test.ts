import { describe, expect, it } from 'vitest'
import { call } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const sources = { box: { use: 'custom', options: { unverified: true } } }
const deploy = { use: 'subprocess', options: { command: ['true'] } }

describe('a task that waits for a program that the config has not', () => {
  it('says so', async () => {
    const before = await openApp({
      sources,
      programs: { deploy },
      rules: [{ on: 'box', run: 'deploy' }],
    })
    const sent = await call(before, 'POST /api/webhooks/box', { json: {} })
    const { tasks } = (await sent.json()) as { tasks: { id: string }[] }
    const shown = async (opened: typeof before) => {
      const answer = await call(opened, `GET /api/tasks/${tasks[0]?.id}`, { token: ADMIN_TOKEN })
      const { reason, programGone } = (await answer.json()) as Record<string, unknown>
      return { reason, programGone }
    }
    expect(await shown(before)).toEqual({ reason: null, programGone: false })
    const renamed = {
      sources,
      programs: { release: deploy },
      rules: [{ on: 'box', run: 'release' }],
    }
    const after = await openApp(renamed, undefined, { besides: before })
    expect(await shown(after)).toEqual({ reason: null, programGone: true })
  })
})
