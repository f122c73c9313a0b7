import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'vitest'
import type { AcceptEntry, DeliveryRecord, StoreInstance } from '../../../core/contracts/store.ts'
import { createId } from '../../../core/kit/id.ts'
import {
  claimOne,
  makeDelivery,
  makeEvent,
  makeSettlement,
} from '../../../core/testing/store-cases/make-entry.ts'
import { makeFolder } from '../../plugins/stores/sqlite/create-sqlite.ts'
import { createSealedIn, type SealedOptions } from './create-sealed.ts'

export const MARKER = 'a-marker-of-the-test'

/** A folder with a sealed store that a test can open repeatedly. */
export interface SealedFolder {
  readonly folder: string
  open(options?: Partial<SealedOptions>): Promise<StoreInstance>
  /** Contents of the database and its side files. */
  everyByte(): Buffer
  /** Changes rows while no store is open. */
  tamper(sql: string): void
  rows(sql: string): Record<string, unknown>[]
  remove(): Promise<void>
}

export async function makeSealedFolder(): Promise<SealedFolder> {
  const folder = await makeFolder()
  const opened: StoreInstance[] = []
  return {
    folder,
    async open(options = {}) {
      const store = createSealedIn({ folder, ...options })
      opened.push(store)
      await store.open()
      return store
    },
    everyByte() {
      const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      const read = files.filter((name) => /\.db(-wal|-shm)?$/.test(name))
      return Buffer.concat(read.map((name) => readFileSync(join(folder, name))))
    },
    tamper(sql) {
      const database = new DatabaseSync(join(folder, 'hookline.db'))
      database.exec(sql)
      database.close()
    },
    rows(sql) {
      const database = new DatabaseSync(join(folder, 'hookline.db'), { readOnly: true })
      const found = database.prepare(sql).all()
      database.close()
      return found
    },
    async remove() {
      for (const store of opened) await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Expects that a delivery is read as it was written. */
export async function expectDelivery(
  store: StoreInstance,
  expected: DeliveryRecord,
): Promise<void> {
  const { body = new Uint8Array(), ...rest } = (await store.delivery(expected.id)) ?? {}
  expect({ ...rest, body: Buffer.from(body) }).toEqual({
    ...expected,
    body: Buffer.from(expected.body),
  })
}

/** An entry with the marker in every field that can hold it. */
export function marked(path = '/webhooks/github?q='): AcceptEntry {
  return {
    delivery: makeDelivery({
      path: path + MARKER,
      headers: { 'x-name': MARKER },
      body: Buffer.from(`{"branch":"${MARKER}"}`),
    }),
    events: [
      makeEvent({ type: 'whole', facts: { branch: MARKER } }),
      makeEvent({ type: 'part', facts: {}, payload: `"${MARKER}"`, programs: [] }),
    ],
  }
}

/** Runs the due task. Everything that it stores holds the marker. */
export async function runMarked(store: StoreInstance): Promise<string> {
  const { lease } = await claimOne(store)
  const { taskId } = lease
  await store.appendLog([
    { taskId, attempt: lease.fence, stream: 'stdout', at: 1, text: `${MARKER}\n` },
  ])
  const reason = `it said ${MARKER}`
  const followUp = marked()
  const result = JSON.stringify({ said: MARKER })
  const policy = { policyKey: null, priority: 0, replaces: 'none' } as const
  const previous = { program: 'deploy', exitCode: 0, result }
  const next = { id: createId('tsk'), program: 'notify', dueAt: 0, ...policy, step: 1, previous }
  await store.settle(lease, makeSettlement({ reason, result, followUp, next }))
  return taskId
}
