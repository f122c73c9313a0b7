import { writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newKey } from '../../core/sealing/create-sealed.ts'
import { ADMIN_TOKEN, makeFolder, PYTHON, type Service, startService, until } from '../service.ts'
import { below, commandOf, SecretSearch } from './secret-search.ts'

const MARKER = 'marker-in-the-payload-of-a-delivery'
const SECRETS = {
  source: 'secret/of+the"source',
  variable: 'secret-from-the-environment',
  managed: 'secret-of-a-managed-source',
  program: 'secret?for&the program',
  caller: 'secret-for-the-http-call',
  password: 'password:of~the~http~call',
  card: '4111 1111 1111 1111',
  admin: ADMIN_TOKEN,
  key: newKey(),
} as const
const GENERATED = 'MADE_AT_THE_START'
const ZOD = join(import.meta.dirname, '../../../node_modules/zod/index.js')

// Writes its input in every way that a program may by mistake, also in pieces.
const LEAK = `
import base64, json, os, sys, time
event = json.load(sys.stdin)
secret = os.environ['SECRET']
for text in [secret, json.dumps(secret), secret.encode().hex(), base64.b64encode(b'ab' + secret.encode()).decode()]:
    sys.stdout.write('out ' + text[:7]); sys.stdout.flush(); time.sleep(0.02)
    sys.stdout.write(text[7:] + '\\n'); sys.stdout.flush()
    sys.stderr.write('err ' + text + '\\n')
print(event['payload'], ${JSON.stringify(SECRETS.card)})
print(json.dumps({'secret': secret, 'card': ${JSON.stringify(SECRETS.card)}, 'payload': event['payload']}))
if event['payload'].get('hang'):
    sys.stdout.write(secret[:9]); sys.stdout.flush(); time.sleep(600)
sys.exit(event['payload'].get('code', 0))
`

let server: Server
let service: Service
let made: ReturnType<typeof makeFolder>
const printed: string[] = []
const search = new SecretSearch(SECRETS)
const both = new SecretSearch({ ...SECRETS, marker: MARKER })
const env = { VARIABLE: SECRETS.variable, HOOKLINE_KEY: SECRETS.key }

function config(port: number): string {
  return `
import { defineConfig, env } from 'hookline'
import { defineExecutor } from 'hookline/sdk/executor'
import { http, subprocess } from 'hookline/executors'
import { custom } from 'hookline/sources'
import { z } from ${JSON.stringify(ZOD)}
const broken = defineExecutor({
  name: 'broken', summary: 'breaks', options: z.object({ how: z.string() }),
  create: ({ how }) => ({ run: async () => {
    const fault = new Error('it broke: ${SECRETS.caller}')
    if (how === 'throw') throw fault
    setImmediate(() => { throw fault })
    return { status: 'succeeded' }
  } }),
})
const url = 'http://127.0.0.1:${port}/'
const call = { url, allowHttp: true, allowPrivate: true, retry: { attempts: 1 } }
export default defineConfig({
  sources: {
    hook: custom({ bearer: ${JSON.stringify(SECRETS.source)}, type: { path: 'kind' } }),
    other: custom({ hmac: { secret: env('VARIABLE'), header: 'x-signature' } }),
    third: custom({ bearer: env('${GENERATED}', { generate: true }) }),
  },
  programs: {
    leak: subprocess({
      command: [${JSON.stringify(PYTHON)}, './leak.py'],
      secretEnv: { SECRET: ${JSON.stringify(SECRETS.program)} }, retry: { attempts: 1 },
    }),
    plain: subprocess({ command: ['sleep', '600'], retry: { attempts: 1 } }),
    bearer: http({ ...call, bearer: '${SECRETS.caller}' }),
    basic: http({ ...call, basic: { user: 'me', password: '${SECRETS.password}' } }),
    throws: broken({ how: 'throw' }),
    crashes: broken({ how: 'crash' }),
  },
  rules: [
    { on: 'hook.leak', run: ['leak', 'bearer', 'basic', 'throws'] },
    { on: 'hook.hang', run: ['leak', 'plain'] },
    { on: 'hook.crash', run: 'crashes' },
    { on: 'hookline', run: 'leak' },
  ],
  encryptPayloads: true,
  redact: ['\\\\b\\\\d{4}(?: ?\\\\d{4}){3}\\\\b'],
  dataDir: './data',
  logLevel: 'debug',
  node: { stopSeconds: 1 },
})`
}

beforeAll(async () => {
  // Echoes everything it receives.
  server = createServer((request, response) => {
    response.writeHead(500, { 'x-told': String(request.headers.authorization) })
    response.end(JSON.stringify(request.headers))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  made = makeFolder(config((server.address() as AddressInfo).port))
  writeFileSync(join(made.folder, 'leak.py'), LEAK)
})
afterAll(() => {
  server.close()
  made.remove()
})

async function start(): Promise<void> {
  service = await startService({ folder: made.folder, env })
}

async function send(payload: object, token: string = SECRETS.source): Promise<number> {
  const answer = await fetch(`${service.url}/api/webhooks/hook?q=${MARKER}&token=${token}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'x-marker': MARKER,
      'x-token': token,
    },
    body: JSON.stringify({ said: MARKER, ...payload }),
  })
  printed.push(await answer.text())
  return answer.status
}

async function api(path: string, method = 'GET', body?: object): Promise<string> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' }
  const json = body === undefined ? {} : { body: JSON.stringify(body) }
  const answer = await fetch(service.url + path, { method, headers, ...json })
  return `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`
}

interface Listed {
  readonly tasks: { readonly id: string; readonly state: string }[]
  readonly deliveries: { readonly id: string }[]
}

/** All answers of the API about stored data. */
async function everyAnswer(): Promise<string> {
  const { tasks } = await service.get<Listed>('/api/tasks?limit=200')
  const { deliveries } = await service.get<Listed>('/api/deliveries?limit=200')
  const paths = [
    ...['/api/tasks', '/api/deliveries', '/api/config', '/api/config/schema', '/api/tokens'],
    ...['/api/audit', '/api/secrets', '/api/nodes', '/metrics', '/readyz', '/api/session'],
    ...['/api/config/webhooks', '/api/config/programs', '/api/config/rules', '/api/openapi.json'],
    ...tasks.flatMap(({ id }) => [`/api/tasks/${id}`, `/api/tasks/${id}/log`]),
    ...deliveries.map(({ id }) => `/api/deliveries/${id}`),
  ]
  const answers = await Promise.all(paths.map((path) => api(path)))
  const diagnoses = deliveries.map(({ id }) => api(`/api/deliveries/${id}/diagnose`, 'POST'))
  return [...answers, ...(await Promise.all(diagnoses))].join('\n')
}

const isMeantToHold = (path: string) => /^(secrets\/|key$|admin-token$)/.test(path)

describe('secrets and payloads', { timeout: 120_000 }, () => {
  it('go through a service that is told to leak them', async () => {
    await start()
    const options = { bearer: SECRETS.managed }
    const source = { name: 'managed', use: 'custom', options }
    printed.push(await api('/api/config/webhooks', 'POST', source))
    expect(printed.at(-1)).toMatch(/^201 /)
    printed.push(
      await api('/api/config/webhooks', 'POST', { ...source, name: 'bad', use: options }),
    )
    expect(await send({ kind: 'leak', code: 3 })).toBe(202)
    expect(await send({ kind: 'leak' })).toBe(202)
    expect(await send({ kind: 'leak' }, SECRETS.managed)).toBe(401)
    const settled = await until(
      () => service.get<Listed>('/api/tasks?limit=200'),
      ({ tasks }) => tasks.length >= 8 && tasks.every(({ state }) => /succ|dead/.test(state)),
      60,
    )
    expect(settled.tasks.some(({ state }) => state === 'dead')).toBe(true)
  })

  it('are in no command line and in no environment but where they were put', async () => {
    expect(await send({ kind: 'hang', hang: true })).toBe(202)
    await until(
      async () => (await service.get<Listed>('/api/tasks?state=running')).tasks,
      (tasks) => tasks.length === 2,
    )
    const { pid = 0 } = service.child
    // Both have started: a task counts as running a little before its process does.
    await until(
      async () => below(pid).map(commandOf).join('\n'),
      (commands) => commands.includes('leak.py') && commands.includes('sleep 600'),
    )
    const isGiven = (file: string, command: string) =>
      file === 'environ' && command.includes('leak.py')
    expect(search.inProcesses(pid, isGiven)).toEqual([])
    // A program gets the facts of its event as variables.
    expect(both.inProcesses(pid, (file) => file === 'environ')).toEqual([])
    const given = search.inProcesses(pid, () => false)
    expect(new Set(given.map(({ what }) => what))).toEqual(new Set(['program']))
  })

  it('are in no byte of the data folder while it runs, nor after kill -9', async () => {
    expect(both.inFolder(join(made.folder, 'data'), isMeantToHold)).toEqual([])
    await service.kill()
    printed.push(...service.lines)
    expect(both.inFolder(join(made.folder, 'data'), isMeantToHold)).toEqual([])
  })

  it('are in no answer, though what was redacted is there', async () => {
    await start()
    const answers = await everyAnswer()
    expect(answers).toContain('out [redacted]')
    expect(answers).toContain(MARKER)
    expect(search.in('an answer', answers)).toEqual([])
    expect(search.in('what was answered before', printed.join('\n'))).toEqual([])
  })

  it('are not in what the service prints when a plugin crashes it, nor left on the disk', async () => {
    expect(await send({ kind: 'crash' })).toBe(202)
    await until(
      async () => service.child.exitCode,
      (code) => code !== null,
      60,
    )
    expect(service.child.exitCode).toBe(1)
    printed.push(...service.lines)
    const lines = printed.join('\n')
    expect(lines).toContain('it broke: [redacted]')
    expect(both.in('what was printed', lines)).toEqual([])
    expect(both.inFolder(join(made.folder, 'data'), isMeantToHold)).toEqual([])
  })

  it('would have been found', async () => {
    const plain = new SecretSearch({ source: 'rules', sender: 'sealed' })
    expect(plain.inFolder(join(made.folder, 'data'), isMeantToHold)).not.toEqual([])
  })
})
