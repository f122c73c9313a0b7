import { writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { verify } from '@octokit/webhooks-methods'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { cli, emptyFolder } from './cli-process.ts'

const SECRET = "It's a Secret to Everybody"
const ACCEPTED = {
  delivery: 'dlv_1',
  event: 'evt_1',
  duplicate: false,
  tasks: [{ id: 'tsk_1', rule: 'on push', program: 'deploy', state: 'waiting' }],
}

interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const { folder, remove } = emptyFolder()
let server: Server
let received: Received[] = []
let answer: { status: number; body: object } = { status: 202, body: ACCEPTED }

beforeAll(async () => {
  const config = {
    sources: {
      github: { use: 'github', options: { secret: { env: 'GITHUB_SECRET' } } },
      unset: { use: 'gitlab', options: { token: { env: 'UNSET' } } },
    },
    programs: {
      deploy: {
        use: 'celery',
        options: { broker: { env: 'UNSET' }, backend: { file: 'unset' }, task: 'deploy' },
      },
    },
    rules: [{ on: 'github.push', run: 'deploy' }],
    store: { use: 'postgres', options: { url: { env: 'UNSET' } } },
    tunnel: { use: 'cloudflare', options: { token: { env: 'UNSET' }, hostname: 'a.example.com' } },
  }
  writeFileSync(join(folder, 'webhook.config.json'), JSON.stringify(config))
  server = createServer(async (request, response) => {
    const { url = '', headers } = request
    received.push({ path: url, headers, body: await text(request) })
    const type = answer.status < 300 ? 'application/json' : 'application/problem+json'
    response.writeHead(answer.status, { 'content-type': type }).end(JSON.stringify(answer.body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
beforeEach(() => {
  received = []
  answer = { status: 202, body: ACCEPTED }
})
afterAll(() => {
  server.close()
  remove()
})

function send(...args: string[]) {
  const { port } = server.address() as AddressInfo
  const env = { GITHUB_SECRET: SECRET, HOOKLINE_URL: `http://127.0.0.1:${port}` }
  return cli(['send', ...args], { cwd: folder, env })
}

async function only(): Promise<Received> {
  expect(received).toHaveLength(1)
  const [request] = received as [Received]
  const signature = String(request.headers['x-hub-signature-256'])
  expect(await verify(SECRET, request.body, signature)).toBe(true)
  return request
}

describe('hookline send', () => {
  it('needs the values of its source alone, which a second terminal may lack', async () => {
    expect(await send('github', '--event', 'push')).toMatchObject({ code: 0, stderr: '' })
    const { code, stderr } = await send('unset')
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^error: webhook\.config\.json: sources\.unset\.options\.token: .* UNSET is not set/,
    )
  })

  it('signs a sample push as GitHub would', async () => {
    const { code, stdout, stderr } = await send('github', '--event', 'push')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(/dlv_1\n.*\ntsk_1 +waiting +deploy +on push\n/)
    const { path, headers, body } = await only()
    expect(path).toBe('/api/webhooks/github')
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(JSON.parse(body)).toMatchObject({ ref: 'refs/heads/main', sender: { login: 'octocat' } })
  })

  it('sends the bytes of a file, with an id and headers of its own', async () => {
    const body = '{ "action":  "opened", "title": "ü" }\n'
    writeFileSync(join(folder, 'body.json'), body)
    const more = ['--id', 'given-id', '--header', 'X-One: 1', '--header', 'X-Two: a: b']
    const { code } = await send('github', '-e', 'issues', '--file', 'body.json', ...more)
    expect(code).toBe(0)
    const request = await only()
    expect(request.body).toBe(body)
    expect(request.headers).toMatchObject({
      ...{ 'x-github-event': 'issues', 'x-github-delivery': 'given-id' },
      ...{ 'x-one': '1', 'x-two': 'a: b' },
    })
  })

  it('sends a body given as text, and prints the answer as JSON', async () => {
    const { code, stdout } = await send('github', '--body', '{"a":1}', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual(ACCEPTED)
    expect((await only()).body).toBe('{"a":1}')
  })

  it("exits with 1 on a refusal, with the service's code and remedy", async () => {
    const problem = { code: 'delivery_refused', detail: 'Not verified', remedy: 'Look closer.' }
    answer = { status: 401, body: problem }
    const { code, stdout, stderr } = await send('github')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toBe(
      'error: Not verified\n  code: delivery_refused\n  what to do: Look closer.\n',
    )
  })

  it('recognises an answer that is not from Hookline', async () => {
    answer = { status: 502, body: { oops: true } }
    const { code, stderr } = await send('github')
    expect(code).toBe(1)
    expect(stderr).toMatch(/answered 502, but not as Hookline does\n {2}code: service_unreachable/)
  })

  it('recognises an answer of another service even if it is a success', async () => {
    answer = { status: 200, body: { hello: 'world' } }
    const { code, stdout, stderr } = await send('github')
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/answered, but not as Hookline does\n {2}code: service_unreachable/)
    expect(received.map(({ path }) => path)).toEqual(['/api/webhooks/github', '/readyz'])
  })

  it.each([
    ['an unknown source', ['gitlab'], 'source_unknown', 1],
    ['a file that is not there', ['github', '--file', 'none.json'], 'file_unreadable', 1],
    ['two bodies', ['github', '--file', 'body.json', '--body', '{}'], 'cli_usage', 2],
    ['a header that is none', ['github', '--header', 'nonsense'], 'cli_usage', 2],
    ['no service', ['github', '--url', 'http://127.0.0.1:9'], 'service_unreachable', 1],
  ])('says what is wrong with %s', async (_name, args, errorCode, exitCode) => {
    const { code, stderr } = await send(...args)
    expect(code).toBe(exitCode)
    expect(stderr).toContain(`code: ${errorCode}`)
    expect(stderr).not.toContain(SECRET)
    expect(received).toEqual([])
  })
})
