import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openApiDocument } from '../../../core/api/openapi/document.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService } from '../service.ts'
import { askByLinks } from './ask-by-links.ts'
import { runGeneratedClient } from './generated-client.ts'
import { CheckedAnswers } from './openapi-answers.ts'

const USER = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}
const { folder, remove } = makeFolder('')
/** Programs of another user may write here. */
const outbox = mkdtempSync(join(tmpdir(), 'hookline-outbox-'))
chmodSync(outbox, 0o777)
let service: Service

beforeAll(async () => {
  const program = (command: string[], more = {}) => ({
    use: 'subprocess',
    options: { command, ...USER, ...more },
  })
  const send = `echo "sent $LINK"; echo "$LINK" > ${outbox}/$WEBHOOK_TASK`
  const config = {
    sources: {
      custom: { use: 'custom', options: { token: 'token-of-this-test' } },
      // Nothing is called: the URL of this service cannot be reached from there.
      github: {
        use: 'github',
        options: { secret: 's', register: { repositories: ['acme/shop'], token: 't' } },
      },
    },
    programs: {
      say: program(['/bin/echo', 'said']),
      wait: program(['/bin/sleep', '60']),
      send: program(['/bin/sh', '-c', send], { variables: { LINK: 'approvalLink' } }),
    },
    rules: [
      { on: 'custom.say', run: 'say' },
      { on: 'custom.wait', run: 'wait' },
      { on: 'custom.ask', run: 'say', approval: { link: true } },
      { on: 'hookline.task.approval_requested', run: 'send' },
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
  rmSync(outbox, { recursive: true })
})

describe('the OpenAPI document', () => {
  it('gives a client whose types are right', { timeout: 60_000 }, async () => {
    const task = await runGeneratedClient(openApiDocument(), {
      ...{ url: service.url, token: ADMIN_TOKEN, webhookToken: 'token-of-this-test' },
    })
    expect(task).toEqual({
      accepted: { duplicate: false, rules: ['say on custom.say'] },
      ...{ state: 'succeeded', output: 'said\n', refusal: 'task_unknown', pages: [1, 1] },
    })
  })

  it('describes the answers of a service to each call', { timeout: 60_000 }, async () => {
    const answers = new CheckedAnswers(service.url, ADMIN_TOKEN, openApiDocument())
    await askForTasks(answers)
    await askByLinks(answers, outbox)
    await askForConfig(answers)
    await askForAccess(answers)
    await answers.ask('GET /api/registrations')
    const unknown = { action: 'register', source: 'custom' }
    await answers.ask('POST /api/registrations', { body: unknown })
    await answers.ask('POST /api/registrations', { body: { action: 'register' } })
    await answers.ask('GET /api/catch-up')
    await answers.ask('POST /api/catch-up', { body: { source: 'custom' } })
    await answers.ask('POST /api/catch-up', { body: { since: '1h', dryRun: true } })
    const unanswered = [...answers.seen]
      .filter(([, statuses]) => ![...statuses].some((status) => status < 300))
      .map(([operation]) => operation)
    // A source that answers three of these is asked by a test of its own, and so is a provider of sign-ins.
    const elsewhere = ['answerGet', 'answerPut', 'answerOptions', 'startProviderSignIn']
    expect(unanswered.toSorted()).toEqual(elsewhere.toSorted())
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
  await answers.ask(`GET /api/tasks/${task}?tail=0`)
  await answers.ask(`GET /api/tasks/${task}/input`)
  await answers.ask(`GET /api/tasks/${task}/log`)
  await answers.ask(`GET /api/tasks/${task}/log`, { headers: { accept: 'text/event-stream' } })
  for (const decision of ['approve', 'reject']) {
    const held = `/api/tasks/${(await deliver(`ask.${decision}`)).body.tasks[0].id}`
    const { digest } = (await answers.ask(`GET ${held}/approval`)).body
    await answers.ask(`POST ${held}/${decision}`, { body: { digest: '0'.repeat(64) } })
    await answers.ask(`POST ${held}/${decision}`, { body: { digest } })
    await answers.ask(`POST ${held}/${decision}`, { body: { digest } })
  }
  await answers.ask(`POST /api/tasks/${task}/cancel`)
  await answers.ask(`POST /api/tasks/${task}/retry`)
  await answers.ask(`POST /api/tasks/${waited.body.tasks[0].id}/retry`)
  await answers.ask(`POST /api/tasks/${waited.body.tasks[0].id}/cancel`)
  const { deliveries } = (await answers.ask('GET /api/deliveries')).body
  for (const { id } of deliveries) await answers.ask(`GET /api/deliveries/${id}`)
  await answers.ask(`GET /api/deliveries/${said.body.delivery}/explain`)
  await answers.ask(`GET /api/deliveries/${said.body.delivery}/explain?event=none`)
  const condition = "payload.event == 'said' || !(size(event.type) > 10)"
  const stored = { delivery: said.body.delivery }
  for (const body of [
    { condition, params: { name: '{event}', none: '{none}' }, event: stored },
    { condition: 'payload ==', on: 'custom.other', event: { type: 'a', facts: { b: null } } },
    { event: { delivery: 'none' } },
    { event: {} },
  ])
    await answers.ask('POST /api/conditions/evaluate', { body })
  for (const rule of [
    { name: 'said', on: 'custom.say', when: "payload.event == 'say'" },
    { on: 'custom', when: 'payload.none == 1', run: ['say'] },
    { on: 'none' },
    { on: 'custom', when: '(' },
  ])
    await answers.ask('POST /api/config/rules/backtest', { body: { rule, last: 10 } })
  await answers.ask('POST /api/config/rules/backtest', { body: {} })
  const kept = said.body.delivery
  for (const part of ['body', 'payload', 'test-case'])
    await answers.ask(`GET /api/deliveries/${kept}/${part}`)
  const refused = deliveries.find(({ outcome }: { outcome: string }) => outcome === 'refused')
  await answers.ask(`GET /api/deliveries/${refused.id}/payload`)
  await answers.ask(`POST /api/deliveries/${refused.id}/diagnose`)
  await answers.ask(`POST /api/deliveries/${refused.id}/replay`)
  await answers.ask(`POST /api/deliveries/${said.body.delivery}/replay`)
  for (const name of ['', '/custom', '/none']) await answers.ask(`GET /api/sources${name}`)
  for (const dryRun of [true, false]) {
    const filter = { program: 'say', since: '1h' }
    await answers.ask('POST /api/jobs', { body: { action: 'retry', filter, dryRun } })
    const replay = { action: 'replay', filter: { source: 'custom' }, dryRun: true }
    await answers.ask('POST /api/jobs', { body: replay })
  }
  await answers.ask('POST /api/jobs', { body: { action: 'retry', filter: {} } })
  const [job] = (await answers.ask('GET /api/jobs')).body.jobs
  await answers.ask(`GET /api/jobs/${job.id}`)
  await answers.ask('GET /api/jobs/none')
  const filter = { source: 'none' }
  const more = await answers.ask('POST /api/jobs', { body: { action: 'cancel', filter } })
  await answers.ask(`POST /api/jobs/${more.body.id}/cancel`)
  await answers.ask(`POST /api/jobs/${more.body.id}/cancel`)
  await answers.ask('GET /api/programs')
  await answers.ask('GET /api/programs/say')
  for (const name of ['say', 'none'])
    await answers.ask(`POST /api/programs/${name}/run`, { body: {} })
  await answers.ask('POST /api/programs/say/run', { body: { params: { none: 1 } } })
  for (const name of ['say', 'saye']) {
    await answers.ask(`PUT /api/pauses/program/${name}`, { body: { reason: 'it fails' } })
  }
  await answers.ask('GET /api/pauses')
  await answers.ask(`POST /api/deliveries/${said.body.delivery}/replay`)
  await answers.ask('GET /api/tasks?limit=1')
  await answers.ask('DELETE /api/pauses/program/say')
  await answers.ask('DELETE /api/pauses/program/say')
  await answers.ask('PUT /api/pauses/task/say')
  await answers.ask('GET /api/plugins')
  for (const [source, body] of [
    ['custom', {}],
    ['custom', { body: '[' }],
    ['none', {}],
  ] as const)
    await answers.ask(`POST /api/sources/${source}/test`, { body })
  await answers.ask('GET /api/nodes')
  await answers.ask('GET /api/tunnel')
  for (const act of ['drain', 'undrain']) await answers.ask(`POST /api/nodes/one/${act}`)
  await answers.ask('POST /api/nodes/none/drain')
  await answers.ask('GET /api/events?kinds=task', { endless: true })
  await answers.ask('GET /api/events?kinds=none')
  for (const by of ['', '?by=program', '?by=source', '?by=code&since=7d', '?by=none'])
    await answers.ask(`GET /api/stats${by}`)
  await answers.ask('GET /api/errors')
  await answers.ask('GET /api/errors?since=never')
  await answers.ask('GET /metrics')
  await answers.ask('GET /metrics', { headers: { accept: 'application/openmetrics-text' } })
  await answers.ask('GET /problems/task_unknown', { open: true })
  await answers.ask('GET /problems/none', { open: true })
  const mcp = { accept: 'application/json, text/event-stream' }
  const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
  await answers.ask('POST /mcp', { body: ping, headers: mcp })
  await answers.ask('POST /mcp', { body: ping })
  await answers.ask('POST /mcp', { body: {}, headers: mcp })
  await answers.ask('POST /mcp', {
    body: { jsonrpc: '2.0', method: 'notifications/initialized' },
    headers: mcp,
  })
  const described = await answers.ask('GET /api/openapi.json')
  const has = { 'if-none-match': described.headers.get('etag') ?? '' }
  const again = await answers.ask('GET /api/openapi.json', { headers: has })
  expect([again.status, again.body]).toEqual([304, ''])
}

async function askForConfig(answers: CheckedAnswers): Promise<void> {
  const parts = [
    ['webhooks', { use: 'custom', options: { token: 'another-token' } }],
    ['programs', { use: 'subprocess', options: { command: ['/bin/echo'], ...USER } }],
    ['rules', { on: 'custom', when: 'true', run: ['say'], answer: { wait: 5 } }],
  ] as const
  await answers.ask('GET /api/config/schema')
  await answers.ask('GET /api/config/cases')
  await answers.ask('POST /api/config/cases/run', { body: {} })
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
  await answers.ask('POST /api/session/codes')
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
