import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeFolder, type Service, startService, until } from '../../../e2e/service.ts'
import { missingTool } from '../../../requirements.ts'
import { missingCelery } from '../servers/celery.ts'
import { type RedisServer, startRedis } from '../servers/redis.ts'
import { PYTHON } from '../subprocess/create-subprocess.ts'
import { makeTeam, type Team } from './team.ts'

const reason = missingTool('redis-server') ?? missingCelery()
/** HOOKLINE_TEST_KILLS sets more. */
const ROUNDS = Number(process.env['HOOKLINE_TEST_KILLS'] ?? 3)
const BURST = 20
/** After so long, a worker that starts takes over what a dead one had taken. */
const VISIBLE_MS = 2000
const TOKEN = 'token of the kills'

let server: RedisServer
let team: Team
let careful: Team
let place: ReturnType<typeof makeFolder>
let sent = 0
const accepted: string[] = []

beforeAll(async () => {
  if (reason !== null) return
  server = await startRedis()
  team = await makeTeam(`${server.url}/0`, `${server.url}/1`)
  const transport = JSON.stringify({ visibility_timeout: VISIBLE_MS / 1000 })
  careful = await makeTeam(team.broker, team.backend, { TRANSPORT: transport })
  place = makeFolder(`
import { defineConfig } from 'hookline'
import { celery } from 'hookline/executors'
import { custom } from 'hookline/sources'
const team = { broker: '${team.broker}', backend: '${team.backend}', interpreter: '${PYTHON}' }
export default defineConfig({
  sources: { custom: custom({ token: '${TOKEN}' }) },
  programs: {
    safe: celery({ ...team, task: 'jobs.safe', retry: { backoffSeconds: 0.2 } }),
    kept: celery({ ...team, task: 'jobs.late', queue: 'kept', retry: { backoffSeconds: 0.2 } }),
  },
  rules: [{ on: 'custom.safe', run: 'safe' }, { on: 'custom.kept', run: 'kept' }],
  dataDir: './data',
  node: { leaseSeconds: 2, concurrency: 8 },
})`)
}, 60_000)
afterAll(async () => {
  await team?.dispose()
  await careful?.dispose()
  await server?.dispose()
  place?.remove()
})

/** Sends a delivery. Returns the id of its task once it was promised. */
async function send(service: Service, event: string): Promise<string | null> {
  try {
    const answer = await fetch(`${service.url}/api/webhooks/custom`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-webhook-token': TOKEN },
      body: JSON.stringify({ event, number: ++sent }),
    })
    const { tasks } = (await answer.json()) as { tasks: { id: string }[] }
    return tasks[0]?.id ?? null
  } catch {
    return null
  }
}

async function unsettled(service: Service): Promise<number> {
  const pages = await Promise.all(
    ['waiting', 'running'].map((state) =>
      service.get<{ tasks: unknown[] }>(`/api/tasks?state=${state}&limit=200`),
    ),
  )
  return pages.reduce((sum, page) => sum + page.tasks.length, 0)
}

async function allSettled(service: Service): Promise<void> {
  await until(
    () => unsettled(service),
    (count) => count === 0,
    90,
  )
}

/** How many of the tasks succeeded, and how often those were settled. */
function settled(ids: readonly string[]) {
  const database = new DatabaseSync(join(place.folder, 'data/hookline.db'), { readOnly: true })
  try {
    const states = new Map(
      database
        .prepare('SELECT id, state FROM tasks')
        .all()
        .map((row) => [String(row['id']), String(row['state'])]),
    )
    const twice = database
      .prepare(
        "SELECT task_id FROM attempts WHERE status = 'succeeded' GROUP BY task_id HAVING count(*) > 1",
      )
      .all()
    return { lost: ids.filter((id) => states.get(id) !== 'succeeded'), twice }
  } finally {
    database.close()
  }
}

describe.skipIf(reason !== null)(
  'celery with Redis on disk, whatever is killed',
  { retry: 0 },
  () => {
    it(`runs each task once over ${ROUNDS} kills of the node`, {
      timeout: 60_000 + ROUNDS * 15_000,
    }, async () => {
      await team.worker('--pool', 'solo', '-n', 'first@%h')
      for (let round = 0; round < ROUNDS; round++) {
        const service = await startService({ folder: place.folder })
        const burst = Array.from({ length: BURST }, async () => {
          const id = await send(service, 'safe')
          if (id !== null) accepted.push(id)
        })
        // The first ones are at Celery, the last ones are not yet there.
        await Promise.race([
          until(
            async () => Object.keys(team.runs()).length,
            (count) => count > round * BURST,
            20,
          ),
          sleep(3000),
        ])
        await sleep(randomInt(0, 60))
        await service.kill()
        await Promise.all(burst)
      }
      const service = await startService({ folder: place.folder })
      await allSettled(service)
      expect(await service.stop()).toBe(0)
      expect(accepted.length).toBeGreaterThan(ROUNDS)
      expect(settled(accepted)).toEqual({ lost: [], twice: [] })
      const runs = team.runs()
      expect(Object.values(runs).filter((count) => count !== 1)).toEqual([])
      expect(accepted.filter((id) => runs[`${id}-0`] !== 1)).toEqual([])
    })

    it('goes on after node, worker and Redis were killed while tasks ran', {
      timeout: 120_000,
    }, async () => {
      const worker = await careful.worker(
        '--pool',
        'threads',
        '-c',
        '4',
        '-n',
        'second@%h',
        '-Q',
        'kept',
      )
      const first = await startService({ folder: place.folder })
      const ids = await Promise.all(Array.from({ length: 4 }, () => send(first, 'kept')))
      const keys = ids.map((id) => `${id}-0`)
      await until(
        async () => keys.filter((key) => careful.runs()[key] !== undefined).length,
        (count) => count > 0,
        20,
      )
      await first.kill()
      await worker.kill()
      await server.kill()
      await server.start()
      await sleep(VISIBLE_MS)
      await worker.start()
      careful.go(true)
      const service = await startService({ folder: place.folder })
      await allSettled(service)
      expect(await service.stop()).toBe(0)
      expect(settled(ids.map(String))).toEqual({ lost: [], twice: [] })
    })
  },
)
