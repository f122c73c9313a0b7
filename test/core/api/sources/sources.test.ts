import { describe, expect, it } from 'vitest'
import type { SourceDetailView } from '../../../../core/api/sources/views.ts'
import { call } from '../access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../app.ts'

const SECRET = 'a secret of these tests'
const CONFIG = {
  sources: {
    hook: { use: 'github', options: { secret: SECRET } },
    any: { use: 'custom', options: { token: SECRET } },
  },
  programs: { say: { use: 'subprocess', options: { command: ['/bin/echo'] } } },
  rules: [
    { name: 'main', on: 'hook.push', when: "branch == 'main'", run: 'say' },
    { name: 'broken', on: 'hookline.task.dead', run: 'say' },
    { name: 'all', on: 'hook', run: 'say' },
  ],
}

async function ask(path: string) {
  const answer = await call(await openApp(CONFIG), `GET ${path}`, { token: ADMIN_TOKEN })
  return { status: answer.status, text: await answer.text() }
}

async function sourceOf(name: string): Promise<SourceDetailView> {
  return JSON.parse((await ask(`/api/sources/${name}`)).text)
}

describe('GET /api/sources', () => {
  it('shows the sources in force, then that of own events, without options', async () => {
    const { text } = await ask('/api/sources')
    const { sources } = JSON.parse(text)
    expect(sources).toHaveLength(3)
    expect(sources[0]).toMatchObject({
      name: 'hook',
      plugin: 'github',
      url: 'http://localhost:12345/api/webhooks/hook',
      origin: { layer: 'config', file: 'webhook.config.json' },
      unverified: false,
      signs: true,
      rules: ['main', 'all'],
    })
    expect(sources[2]).toMatchObject({ name: 'hookline', plugin: null, rules: ['broken'] })
    expect(text).not.toContain(SECRET)
  })

  it('shows what events a source has, each with the facts of all', async () => {
    const { events } = await sourceOf('hook')
    const push = events.find(({ type }) => type === 'push')
    expect(push?.description).not.toBe('')
    const names = push?.facts.map(({ name }) => name)
    expect(names).toEqual(expect.arrayContaining(['branch', 'repository', 'sender']))
    expect(new Set(names).size).toBe(names?.length)
    expect(events.map(({ type }) => type)).not.toContain('*')
  })

  it('shows the types of own events, and those of a source that knows none', async () => {
    const own = await sourceOf('hookline')
    expect(own.events.map(({ type }) => type)).toContain('task.dead')
    expect((await sourceOf('any')).events.length).toBeLessThan(2)
  })

  it('suggests the nearest name', async () => {
    const { status, text } = await ask('/api/sources/hok')
    expect([status, JSON.parse(text).code]).toEqual([404, 'source_unknown'])
    expect(text).toContain('`hook`')
  })
})
