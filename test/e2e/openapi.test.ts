import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { NodeMetrics } from '../../core/api/metrics/node-metrics.ts'
import { openApiDocument } from '../../core/api/openapi/document.ts'
import { OPERATIONS } from '../../core/api/openapi/operations.ts'
import type { StoreInstance } from '../../core/contracts/store.ts'
import { KeyKeeper } from '../../core/kit/sealing/key-keeper.ts'
import { KeyRing } from '../../core/kit/sealing/key-ring.ts'
import { ConfigFolder, JSON_CONFIG } from '../core/config-folder.ts'
import { openApp } from '../core/hardening-app.ts'
import { openManaged } from '../core/managed-setup.ts'
import { CheckedAnswers } from './openapi-answers.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService } from './service.ts'

const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
const { folder, remove } = makeFolder('')
let service: Service

beforeAll(async () => {
  const program = (command: string[]) => ({ use: 'subprocess', options: { command, ...USER } })
  const config = {
    sources: { custom: { use: 'custom', options: { token: 'token-of-this-test' } } },
    programs: { say: program(['/bin/echo', 'said']), wait: program(['/bin/sleep', '60']) },
    rules: [
      { on: 'custom.say', run: 'say' },
      { on: 'custom.wait', run: 'wait' },
    ],
    node: { name: 'one' },
    managed: { programs: true, allowedCommands: ['/bin/*', '/usr/bin/*'] },
  }
  writeFileSync(join(folder, 'webhook.config.ts'), `export default ${JSON.stringify(config)}`)
  service = await startService({ folder })
}, 30_000)
afterAll(async () => {
  await service.stop()
  remove()
})

/** All that a node has: what it lacks has no routes. */
async function allParts(store: StoreInstance) {
  const files = new ConfigFolder({ [JSON_CONFIG]: {} })
  const { live, managed } = await openManaged(files, store)
  const figures = { store, config: () => live.current, configFault: () => null, running: () => 0 }
  const metrics = new NodeMetrics({ ...figures, clock: Date.now })
  onTestFinished(() => metrics.close())
  const keeper = new KeyKeeper(store, new KeyRing({ env: {}, dataDir: files.path }))
  return { managed, metrics, keeper }
}

describe('the OpenAPI document', () => {
  it('is valid', async () => {
    const { valid, errors } = await new Validator().validate(openApiDocument('http://a'))
    expect([valid, errors]).toEqual([true, undefined])
  })

  it('has every route, and no other', async () => {
    const { app } = await openApp({}, (store) => store, { more: allParts })
    const mounted = app.routes.filter(({ method }) => method !== 'ALL')
    const routes = new Set(mounted.map(({ method, path }) => `${method} ${path}`))
    const described = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
    expect(described.toSorted()).toEqual([...routes].toSorted())
  })

  it('describes what a service answers to each call', { timeout: 60_000 }, async () => {
    const answers = new CheckedAnswers(service.url, ADMIN_TOKEN, openApiDocument('http://a'))
    await askForTasks(answers)
    await askForConfig(answers)
    await askForAccess(answers)
    const unanswered = [...answers.seen]
      .filter(([, statuses]) => ![...statuses].some((status) => status < 300))
      .map(([operation]) => operation)
    // A source that answers these is asked by a test of its own.
    const ofSources = ['getApiWebhooksSource', 'putApiWebhooksSource', 'optionsApiWebhooksSource']
    expect(unanswered).toEqual(ofSources)
  })
})

async function askForTasks(answers: CheckedAnswers): Promise<void> {
  const deliver = (event: string, token = 'token-of-this-test') =>
    answers.ask('POST /api/webhooks/custom', {
      ...{ body: { event, id: `id-${event}` }, headers: { 'x-webhook-token': token } },
      open: true,
    })
  for (const path of ['/healthz', '/readyz']) await answers.ask(`GET ${path}`, { open: true })
  for (const method of ['GET', 'PUT', 'OPTIONS'])
    await answers.ask(`${method} /api/webhooks/custom`, { open: true })
  await answers.ask('GET /api/tasks', { open: true })
  const said = await deliver('say')
  await deliver('say')
  await deliver('say', 'wrong')
  const waited = await deliver('wait')
  const task = said.body.tasks[0].id
  for (let state = ''; state !== 'succeeded'; )
    state = (await answers.ask(`GET /api/tasks/${task}`)).body.state
  await answers.ask('GET /api/tasks?limit=1')
  await answers.ask('GET /api/tasks?limit=x')
  await answers.ask('GET /api/tasks/none')
  await answers.ask(`GET /api/tasks/${task}/log`)
  await answers.ask(`GET /api/tasks/${task}/log`, { headers: { accept: 'text/event-stream' } })
  await answers.ask(`POST /api/tasks/${task}/cancel`)
  await answers.ask(`POST /api/tasks/${task}/retry`)
  await answers.ask(`POST /api/tasks/${waited.body.tasks[0].id}/retry`)
  await answers.ask(`POST /api/tasks/${waited.body.tasks[0].id}/cancel`)
  const { deliveries } = (await answers.ask('GET /api/deliveries')).body
  for (const { id } of deliveries) await answers.ask(`GET /api/deliveries/${id}`)
  const refused = deliveries.find(({ outcome }: { outcome: string }) => outcome === 'refused')
  await answers.ask(`POST /api/deliveries/${refused.id}/diagnose`)
  await answers.ask(`POST /api/deliveries/${refused.id}/replay`)
  await answers.ask(`POST /api/deliveries/${said.body.delivery}/replay`)
  await answers.ask('GET /api/nodes')
  for (const act of ['drain', 'undrain']) await answers.ask(`POST /api/nodes/one/${act}`)
  await answers.ask('POST /api/nodes/none/drain')
  await answers.ask('GET /metrics')
  await answers.ask('GET /api/openapi.json')
}

async function askForConfig(answers: CheckedAnswers): Promise<void> {
  const parts = [
    ['webhooks', { use: 'custom', options: { token: 'another-token' } }],
    ['programs', { use: 'subprocess', options: { command: ['/bin/echo'], ...USER } }],
    ['rules', { on: 'custom', when: 'true', run: ['say'], answer: { wait: 5 } }],
  ] as const
  await answers.ask('GET /api/config/schema')
  for (const [plural, form] of parts) {
    const path = `/api/config/${plural}`
    await answers.ask(`POST ${path}?dryRun=true`, { body: { name: 'mine', ...form } })
    await answers.ask(`POST ${path}`, { body: { name: 'mine', ...form } })
    await answers.ask(`POST ${path}`, { body: { name: 'mine', ...form } })
    await answers.ask(`POST ${path}`, { body: { name: 'other', ...form, more: 1 } })
    await answers.ask(`GET ${path}`)
    await answers.ask(`GET ${path}/none`)
    const { headers } = await answers.ask(`GET ${path}/mine`)
    const condition = { 'if-match': headers.get('etag') ?? '' }
    await answers.ask(`PUT ${path}/mine`, { body: form })
    await answers.ask(`PUT ${path}/mine`, { body: form, headers: condition })
    await answers.ask(`PUT ${path}/mine`, { body: form, headers: condition })
    await answers.ask(`PUT ${path}/new`, { body: form, headers: { 'if-none-match': '*' } })
    await answers.ask('GET /api/config')
    await answers.ask(`DELETE ${path}/mine`)
    await answers.ask(`DELETE ${path}/mine?dryRun=true`, { headers: { 'if-match': '*' } })
    await answers.ask(`DELETE ${path}/mine`, { headers: { 'if-match': '*' } })
  }
}

async function askForAccess(answers: CheckedAnswers): Promise<void> {
  await answers.ask('POST /api/tokens', { body: { name: 'reader', role: 'viewer' } })
  await answers.ask('POST /api/tokens', { body: { name: 'reader', role: 'viewer' } })
  await answers.ask('POST /api/tokens', { body: { name: 'x', role: 'king' } })
  await answers.ask('GET /api/tokens')
  await answers.ask('GET /api/session')
  await answers.ask('DELETE /api/session')
  await answers.ask('POST /api/session', { open: true, body: { token: 'wrong' } })
  const started = await answers.ask('POST /api/session', {
    open: true,
    body: { token: ADMIN_TOKEN },
  })
  const cookie = started.headers.get('set-cookie')?.split(';')[0] ?? ''
  const session = {
    ...{ cookie, 'x-hookline-csrf': started.body.csrf },
    // As a browser says it of a page of the service's own.
    origin: answers.url,
  }
  await answers.ask('GET /api/session', { open: true, headers: session })
  await answers.ask('DELETE /api/session', { open: true, headers: session })
  await answers.ask('DELETE /api/tokens/reader')
  await answers.ask('DELETE /api/tokens/reader')
  await answers.ask('GET /api/audit?limit=3')
  await answers.ask('GET /api/audit?tail=true')
  await answers.ask('GET /api/secrets')
  await answers.ask('POST /api/secrets/rotate')
  await answers.ask('DELETE /api/secrets/none')
  const { keys } = (await answers.ask('GET /api/secrets')).body
  const [before] = keys.filter(({ seals }: { seals: boolean }) => !seals)
  await answers.ask(`DELETE /api/secrets/${before.id}`)
}
