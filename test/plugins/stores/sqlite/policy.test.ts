import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Claim, StoreInstance } from '../../../../core/contracts/store.ts'
import {
  acceptTask,
  claim,
  limited,
  makeSettlement,
} from '../../../../core/testing/store-cases/make-entry.ts'
import { MIGRATIONS } from '../../../../plugins/stores/sqlite/database/migrations.ts'
import { createIn, makeFolder } from './create-sqlite.ts'

let folder: string
let passed = 0
beforeEach(async () => {
  folder = await makeFolder()
  passed = 0
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

const PROGRAMS = [limited({ concurrency: 2, rateLimit: { count: 5, perSeconds: 60 } })]

// What a program's tasks can go through; the numbers choose the key, the delay and which task.
const step = fc.tuple(
  fc.constantFrom('accept', 'replace', 'claim', 'end', 'fail', 'cancel', 'retry', 'pass'),
  fc.nat({ max: 2 }),
  fc.nat({ max: 20 }),
)
type Step = readonly [string, number, number]

class Life {
  readonly #store: StoreInstance
  readonly #ids: string[] = []
  readonly #claims: Claim[] = []

  constructor(store: StoreInstance) {
    this.#store = store
  }

  async take([name, key, number]: Step): Promise<void> {
    const dueAt = Date.now() + passed + number * 100
    const id = this.#ids[number % Math.max(this.#ids.length, 1)] ?? 'tsk_none'
    const place = { policyKey: `k${key}`, priority: number % 2 }
    if (name === 'accept') this.#ids.push(await acceptTask(this.#store, { dueAt, policy: place }))
    if (name === 'replace') {
      const policy = { ...place, replaces: key === 0 ? 'all' : 'waiting' } as const
      this.#ids.push(await acceptTask(this.#store, { dueAt, policy }))
    }
    if (name === 'claim') this.#claims.push(...(await claim(this.#store, { programs: PROGRAMS })))
    if (name === 'end' || name === 'fail') {
      const lease = this.#claims.shift()?.lease
      const failed = { state: 'waiting', attempt: 'failed', dueAt } as const
      if (lease) await this.#store.settle(lease, makeSettlement(name === 'fail' ? failed : {}))
    }
    if (name === 'cancel') await this.#store.cancel(id)
    if (name === 'retry') await this.#store.retry(id)
    if (name === 'pass') passed += number * 2000
  }
}

describe('sqlite, of tasks with keys', () => {
  it('knows the first of each key whatever happens, and never runs too many', async () => {
    const store = createIn(folder, () => Date.now() + passed)
    await store.open()
    const reader = new DatabaseSync(join(folder, 'hookline.db'), { readOnly: true })
    const life = fc.asyncProperty(
      fc.array(step, { minLength: 5, maxLength: 40 }),
      async (steps) => {
        const one = new Life(store)
        for (const each of steps) {
          await one.take(each)
          expect(reader.prepare(KEPT_HEADS).all()).toEqual(reader.prepare(TRUE_HEADS).all())
          expect(reader.prepare(OVERFULL).all(Date.now() + passed)).toEqual([])
        }
        expect(reader.prepare(TOO_FAST).all()).toEqual([])
      },
    )
    await fc.assert(life, { numRuns: 40 })
    reader.close()
    await store.close()
  })

  it('takes over what a database of the first version holds', async () => {
    mkdirSync(folder, { recursive: true })
    const old = new DatabaseSync(join(folder, 'hookline.db'))
    old.exec(`${MIGRATIONS[0]}; PRAGMA user_version = 1`)
    old.exec(OLD_TASKS)
    old.close()
    const store = createIn(folder)
    await store.open()
    const claims = await claim(store, { programs: [limited({ concurrency: 2 })] })
    expect(
      claims.map(({ task }) => [task.id, task.attempts, task.priority, task.policyKey]),
    ).toEqual([
      ['tsk_1', 1, 0, null],
      ['tsk_2', 1, 0, null],
    ])
    expect(await store.task('tsk_3')).toMatchObject({ state: 'waiting', dueAt: 9 })
    await store.close()
  })
})

const KEPT_HEADS = `
  SELECT policy_key, priority, head_id, head_due_at FROM lanes ORDER BY policy_key, priority`
const TRUE_HEADS = `
  SELECT policy_key, priority, id AS head_id, due_at AS head_due_at FROM (
    SELECT *, row_number() OVER (PARTITION BY program, policy_key, priority ORDER BY due_at, id) AS place
    FROM tasks WHERE state = 'waiting'
  ) WHERE place = 1 ORDER BY policy_key, priority`
const OVERFULL = `
  SELECT policy_key FROM tasks WHERE state = 'running' AND lease_until > ?
  GROUP BY policy_key HAVING count(*) > 2`
// Each claim with those of its key in the 60 seconds up to it.
const TOO_FAST = `
  WITH starts AS (SELECT policy_key, attempts.started_at AS at FROM attempts JOIN tasks ON tasks.id = task_id)
  SELECT policy_key, at FROM starts AS one
  WHERE 5 < (SELECT count(*) FROM starts WHERE policy_key = one.policy_key AND at > one.at - 60000 AND at <= one.at)`
const OLD_TASKS = `
  INSERT INTO deliveries VALUES ('dlv', 'github', 1, 'POST', '/', '{}', NULL, 'accepted', NULL, NULL, x'7b7d');
  INSERT INTO events VALUES ('dlv', 'evt', 0, 'github', 'push', NULL, '{}', '[]', NULL);
  INSERT INTO tasks (id, delivery_id, event_id, source, event_type, rule, program, state, created_at, due_at,
    attempts, fence, node, lease_until)
  VALUES
    ('tsk_1', 'dlv', 'evt', 'github', 'push', 'r', 'deploy', 'running', 1, 1, 1, 1, 'gone', 2),
    ('tsk_2', 'dlv', 'evt', 'github', 'push', 'r', 'deploy', 'waiting', 1, 5, 0, 0, NULL, NULL),
    ('tsk_3', 'dlv', 'evt', 'github', 'push', 'r', 'deploy', 'waiting', 1, 9, 0, 0, NULL, NULL);
  INSERT INTO attempts VALUES ('tsk_1', 1, 'gone', 1, NULL, 'running', NULL, NULL)`
