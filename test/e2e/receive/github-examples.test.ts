import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { sign } from '@octokit/webhooks-methods'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, type Service, startService, until } from '../service.ts'

const SECRET = "It's a Secret to Everybody"
const SCRIPT = join(import.meta.dirname, '../../fixtures/programs/echo-payload.py')

interface Example {
  readonly event: string
  readonly id: string
  readonly payload: Readonly<Record<string, unknown>>
}

interface TaskAnswer {
  readonly state: string
  readonly exitCode: number | null
  readonly reason: string | null
  readonly log: readonly { readonly stream: string; readonly text: string }[]
}

const examples = readExamples()
const { folder, remove } = makeFolder(`
import { defineConfig } from 'hookline'
import { python } from 'hookline/executors'
import { github } from 'hookline/sources'
export default defineConfig({
  sources: { github: github({ secret: ${JSON.stringify(SECRET)} }) },
  programs: { echo: python({ script: ${JSON.stringify(SCRIPT)} }) },
  rules: [{ on: 'github', run: 'echo' }],
})`)
/** Prints the modules of Node.js that are loaded. */
const REPORT = "process.on('SIGUSR2',()=>console.error('loaded%20'+process.moduleLoadList))"
let service: Service

beforeAll(async () => {
  const NODE_OPTIONS = `--import=data:text/javascript,${REPORT}`
  service = await startService({ folder, env: { NODE_OPTIONS } })
})
afterAll(async () => {
  await service.stop()
  remove()
})

it('a delivery needs no fetch, HTTP/2 and TLS, for which a start would wait', async () => {
  const [example] = examples
  if (example === undefined) throw new Error('no example')
  expect((await send({ ...example, id: 'first' })).status).toBe(202)
  service.child.kill('SIGUSR2')
  const loaded = await until(
    async () => service.lines.find((line) => line.startsWith('loaded ')) ?? '',
    (line) => line !== '',
    30,
  )
  expect(loaded).toContain('NativeModule http,')
  expect(loaded).not.toMatch(/undici|NativeModule (http2|tls),/)
})

describe('every published GitHub example', () => {
  it('runs a real Python script that sees just what was sent', { timeout: 180_000 }, async () => {
    expect(examples.length).toBeGreaterThan(300)
    const sent = await Promise.all(examples.map(deliver))
    const faults: string[] = []
    for (const [index, taskId] of sent.entries()) {
      const example = examples[index]
      const task = await until(
        () => service.get<TaskAnswer>(`/api/tasks/${taskId}`),
        ({ state }) => state === 'succeeded' || state === 'dead',
        150,
      )
      const said = task.log.map((chunk) => chunk.text).join('')
      if (task.state !== 'succeeded') faults.push(`${example?.id}: ${task.reason} ${said}`)
      else expect(JSON.parse(said)).toMatchObject(expectedOf(example))
    }
    expect(faults).toEqual([])
  })

  it('answers a redelivery with the first tasks', async () => {
    const [example] = examples
    if (example === undefined) throw new Error('no example')
    const answer = await send(example)
    expect(answer.status).toBe(200)
    const again = (await answer.json()) as { duplicate: boolean; tasks: { state: string }[] }
    expect(again.duplicate).toBe(true)
    expect(again.tasks.map((task) => task.state)).toEqual(['succeeded'])
  })
})

async function deliver(example: Example): Promise<string> {
  const answer = await send(example)
  const body = (await answer.json()) as { duplicate: boolean; tasks: { id: string }[] }
  expect({ status: answer.status, duplicate: body.duplicate, tasks: body.tasks.length }).toEqual({
    status: 202,
    duplicate: false,
    tasks: 1,
  })
  return body.tasks[0]?.id ?? ''
}

async function send(example: Example): Promise<Response> {
  const body = JSON.stringify(example.payload)
  return fetch(`${service.url}/api/webhooks/github`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-event': example.event,
      'x-github-delivery': example.id,
      'x-hub-signature-256': await sign(SECRET, body),
    },
  })
}

function expectedOf(example: Example | undefined): object {
  const action = example?.payload['action']
  const type = typeof action === 'string' ? `${example?.event}.${action}` : example?.event
  return { type, payload: example?.payload }
}

function readExamples(): Example[] {
  const file = createRequire(import.meta.url).resolve('@octokit/webhooks-examples')
  const all = JSON.parse(readFileSync(file, 'utf8')) as {
    name: string
    examples: Example['payload'][]
  }[]
  return all.flatMap(({ name, examples: payloads }) =>
    payloads.map((payload, index) => ({ event: name, id: `${name}-${index}`, payload })),
  )
}
