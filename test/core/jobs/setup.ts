import { onTestFinished } from 'vitest'
import type { JobView } from '../../../core/api/jobs/routes.ts'
import type { StoreInstance } from '../../../core/contracts/store.ts'
import { JobRunner } from '../../../core/jobs/job-runner.ts'
import { Receiver } from '../../../core/receive/receiver.ts'
import { claim, makeEntry, makeSettlement } from '../../../core/testing/store-cases/make-entry.ts'
import { call } from '../api/access/calls.ts'
import { ADMIN_TOKEN, openApp } from '../api/app.ts'
import { ConfigFolder, JSON_CONFIG } from '../config/config-folder.ts'

const CUSTOM = { use: 'custom', options: { token: 'token-of-these-tests' } }
const CONFIG = {
  sources: { github: CUSTOM, other: CUSTOM },
  programs: { deploy: { use: 'subprocess', options: { command: ['/bin/echo'] } } },
  rules: [{ name: 'again', on: 'github', run: 'deploy' }],
  node: { name: 'one' },
}
const DEAD = { state: 'dead', attempt: 'failed', exitCode: 1, reason: 'no' } as const
const WAIT_MS = 60_000
/** Jobs of a runner that writes nothing for so long are taken over. */
const HOLD_MS = 1500

// biome-ignore lint/suspicious/noExplicitAny: answers of many routes
type Answer = any

/** An API over a store, without a runner. */
export async function openJobs(store: StoreInstance) {
  const opened = await openApp(CONFIG, (given) => given, { besides: { store } })
  const ask = async (route: string, json?: unknown) => {
    const given = json === undefined ? {} : { json }
    const answer = await call(opened, route, { token: ADMIN_TOKEN, ...given })
    return { status: answer.status, body: (await answer.json()) as Answer }
  }
  const create = async (json: object): Promise<JobView> => {
    const { status, body } = await ask('POST /api/jobs', json)
    if (status !== 202) throw new Error(JSON.stringify(body))
    return body
  }
  const shown = async (id: string): Promise<JobView> => (await ask(`GET /api/jobs/${id}`)).body
  const ended = async ({ id }: Pick<JobView, 'id'>): Promise<JobView> => {
    const deadline = Date.now() + WAIT_MS
    for (;;) {
      const job = await shown(id)
      if (job.endedAt !== null) return job
      if (Date.now() > deadline) throw new Error(`not ended: ${JSON.stringify(job)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  return { ...opened, ask, create, shown, ended }
}

/** Carries out the jobs of a store, as a node does. */
export async function startRunner(
  store: StoreInstance,
  nodeName = 'one',
  holdMs = HOLD_MS,
): Promise<JobRunner> {
  const folder = new ConfigFolder({ [JSON_CONFIG]: CONFIG })
  const config = await folder.load({ clock: Date.now })
  const { logger } = folder.options()
  const receiver = new Receiver({ config, store, logger, clock: Date.now })
  const options = { store, lists: store, receiver, nodeName, logger, clock: Date.now }
  const runner = new JobRunner({ ...options, holdMs: () => holdMs })
  onTestFinished(() => runner.stop())
  runner.start()
  return runner
}

/** Accepts deliveries with one task each; the ids of the tasks, oldest first. */
export async function acceptMany(
  store: StoreInstance,
  count: number,
  program = 'deploy',
): Promise<readonly string[]> {
  const body = Buffer.from('{"event":"push"}')
  const entries = Array.from({ length: count }, () => makeEntry({ programs: [program] }, { body }))
  await Promise.all(entries.map((entry) => store.accept(entry)))
  return entries.map(({ events }) => events[0]?.tasks[0]?.id ?? '')
}

/** The same for tasks that have failed for good. */
export async function makeDead(
  store: StoreInstance,
  count: number,
  program = 'deploy',
): Promise<readonly string[]> {
  const ids = await acceptMany(store, count, program)
  for (let left = count; left > 0; ) {
    const claims = await claim(store, { limit: 200, programs: [program] })
    await Promise.all(claims.map(({ lease }) => store.settle(lease, makeSettlement(DEAD))))
    left -= claims.length
  }
  return ids
}

/** All items of a list. */
export async function all<Item>(
  list: (page: { limit: number; after?: string }) => Promise<{
    readonly items: readonly Item[]
    readonly next: string | null
  }>,
): Promise<readonly Item[]> {
  const items: Item[] = []
  for (let after: string | null | undefined; after !== null; ) {
    const page = await list({ limit: 200, ...(after === undefined ? {} : { after }) })
    items.push(...page.items)
    after = page.next
  }
  return items
}
