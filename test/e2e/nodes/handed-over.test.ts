import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, type Service, startService, until } from '../service.ts'

const MANY = 1000

/** An engine in a process that outlives the nodes. It runs what has one key once. */
class Engine {
  readonly url: string
  readonly published: string[] = []
  readonly polls: string[][] = []
  ended = new Set<string>()
  endsAll = false
  /** Called before a publish is answered. */
  onPublish: () => Promise<void> = async () => {}
  readonly close: () => void

  private constructor(server: ReturnType<typeof createServer>) {
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    this.close = () => server.closeAllConnections()
    server.on('request', (request, response) => void this.#answer(request, response))
  }

  static async open(): Promise<Engine> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Engine(server)
  }

  /** How many runs the engine made of all that was published. */
  get runs(): number {
    return new Set(this.published).size
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request)
    if (request.url === '/publish') {
      this.published.push(body)
      await this.onPublish()
      response.end()
      return
    }
    const refs = JSON.parse(body) as string[]
    this.polls.push(refs)
    response.end(JSON.stringify(refs.map((ref) => this.endsAll || this.ended.has(ref))))
  }
}

const PLUGIN = `
import { defineExecutor, z } from 'hookline/sdk/executor'
export const engine = defineExecutor({
  name: 'engine',
  summary: 'Hands runs over to the engine of the test.',
  options: z.object({ url: z.string() }),
  create: ({ url }) => {
    const post = (path, body) => fetch(url + path, { method: 'POST', body })
    return {
      run: async ({ idempotencyKey: ref }) => {
        await post('/publish', ref)
        return { status: 'handed-over', ref, pollSeconds: 1 }
      },
      follow: async (runs) => {
        const ended = await (await post('/poll', JSON.stringify(runs.map(({ ref }) => ref)))).json()
        return ended.map((is) => (is ? { status: 'succeeded' } : null))
      },
      cancel: async () => {},
    }
  },
})`

const CONFIG = (url: string) => `
import { defineConfig } from 'hookline'
import { custom } from 'hookline/sources'
import { engine } from './engine.ts'
export default defineConfig({
  sources: { custom: custom({ token: 'a token of the test' }) },
  programs: { work: engine({ url: '${url}', retry: { lostAttempts: 50 } }) },
  rules: [{ on: 'custom', run: 'work' }],
  dataDir: './data',
  node: { leaseSeconds: 2, concurrency: 4 },
})`

let engine: Engine
let folder: ReturnType<typeof makeFolder>
beforeAll(async () => {
  engine = await Engine.open()
  folder = makeFolder(CONFIG(engine.url))
  writeFileSync(join(folder.folder, 'engine.ts'), PLUGIN)
})
afterAll(() => {
  engine.close()
  folder.remove()
})

async function send({ url }: Service): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    'x-webhook-token': 'a token of the test',
  }
  const answer = await fetch(`${url}/api/webhooks/custom`, { method: 'POST', body: '{}', headers })
  const { tasks } = (await answer.json()) as { tasks: { id: string }[] }
  return tasks[0]?.id ?? ''
}

interface Task {
  readonly state: string
  readonly attempts: number
  readonly lostAttempts: number
  readonly handedOver: { readonly ref: string } | null
}

const task = (service: Service, id: string) => service.get<Task>(`/api/tasks/${id}`)
const isHandedOver = ({ handedOver }: Task) => handedOver !== null

describe('a run at an engine', () => {
  it('is run and settled once where its node is killed before it knows of the hand-over', async () => {
    let service = await startService(folder)
    const killed = Promise.withResolvers<void>()
    engine.onPublish = async () => {
      engine.onPublish = async () => {}
      await service.kill()
      killed.resolve()
    }
    const id = await send(service)
    await killed.promise
    service = await startService(folder)
    await until(() => task(service, id), isHandedOver)
    expect(engine.published).toEqual([`${id}-0`, `${id}-0`])
    engine.ended.add(`${id}-0`)
    const { attempts, lostAttempts } = await until(
      () => task(service, id),
      ({ state }) => state === 'succeeded',
    )
    expect({ attempts, lostAttempts }).toEqual({ attempts: 1, lostAttempts: 1 })
    await service.stop()
  })

  it('goes on without its node, and is settled by the next one', async () => {
    const first = await startService(folder)
    const id = await send(first)
    await until(() => task(first, id), isHandedOver)
    await first.kill()
    engine.ended.add(`${id}-0`)
    const next = await startService(folder)
    const settled = await until(
      () => task(next, id),
      ({ state }) => state === 'succeeded',
    )
    expect(settled.lostAttempts).toBe(0)
    await next.stop()
  })

  it(`holds no slot: ${MANY} at once are asked about together, by little memory`, {
    timeout: 120_000,
  }, async () => {
    const service = await startService(folder)
    engine.published.length = 0
    for (let sent = 0; sent < MANY; sent += 50) {
      await Promise.all(Array.from({ length: 50 }, () => send(service)))
    }
    await until(
      async () => engine.runs,
      (runs) => runs === MANY,
      60,
    )
    engine.polls.length = 0
    await until(
      async () => Math.max(0, ...engine.polls.map((refs) => refs.length)),
      (most) => most === MANY,
    )
    const { nodes } = await service.get<{ nodes: { running: number }[] }>('/api/nodes')
    expect(nodes.every(({ running }) => running === 0)).toBe(true)
    engine.endsAll = true
    const counts = () => service.get<{ tasks: unknown[] }>('/api/tasks?state=running&limit=1')
    await until(counts, ({ tasks }) => tasks.length === 0, 60)
    expect(engine.published).toHaveLength(MANY)
    expect(residentMiB(service)).toBeLessThan(400)
    await service.stop()
  })
})

function residentMiB({ child }: Service): number {
  const [, kib = ''] =
    /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? []
  return Number(kib) / 1024
}
