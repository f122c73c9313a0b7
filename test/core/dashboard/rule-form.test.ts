import { describe, expect, it } from 'vitest'
import { ADMIN_TOKEN } from '../api/app.ts'
import { openTrial } from '../api/conditions/trial-app.ts'
import { browse } from './browse.ts'
import { mountPages } from './open-dashboard.ts'

async function open() {
  const opened = await openTrial([], {})
  mountPages(opened.app)
  return { ...opened, ...(await browse(opened, ADMIN_TOKEN)) }
}

describe('the form of a rule', () => {
  it('keeps what it has no field for', async () => {
    const { call, get, post } = await open()
    const { body: config } = await call('GET', '/api/config')
    const [{ name: run }] = config.programs
    const [{ name: source }] = config.webhooks
    const answer = { wait: 5, output: 'stdout', exitCodes: { 3: 503 } }
    const rule = { on: source, run, answer, expect: { within: '26h' } }
    const made = await call('POST', '/api/config/rules', { body: { name: 'nightly', ...rule } })
    expect(made.status).toBe(201)

    const { text } = await get('/configuration/rules/nightly/edit')
    expect(text).toMatch(/<option value="kept" selected>As it is, with its own settings</)
    const [, version = ''] = /name="version" value="(\d+)"/.exec(text) ?? []
    const form = { on: source, run, when: 'true', answer: 'kept', version, step: 'save' }
    expect((await post('/configuration/rules/nightly/edit', form)).status).toBe(303)
    const path = '/api/config/rules/nightly'
    expect((await call('GET', path)).body).toMatchObject({ ...rule, when: 'true' })

    const { text: next } = await get('/configuration/rules/nightly/edit')
    const [, later = ''] = /name="version" value="(\d+)"/.exec(next) ?? []
    await post('/configuration/rules/nightly/edit', { ...form, answer: 'stream', version: later })
    expect((await call('GET', path)).body).toMatchObject({ answer: 'stream', expect: rule.expect })
  })
})
