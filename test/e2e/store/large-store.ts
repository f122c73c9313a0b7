import { randomBytes } from 'node:crypto'
import type { AcceptEntry, StoreInstance } from '../../../core/contracts/store.ts'
import {
  claim,
  makeAudit,
  makeDelivery,
  makeEntry,
  makeSettlement,
} from '../../../core/testing/store-cases/make-entry.ts'
import { createSealedIn } from '../../core/sealing/create-sealed.ts'
import { createIn } from '../../plugins/stores/sqlite/create-sqlite.ts'

const MIB = 1_048_576
const BATCH = 500
const ODD = 'zero\0one\u0001 \u{1f980} ü "\\'

const SETTLED = 2_500
const PLAIN_WAITING = 150
const SEALED_WAITING = 50
const REFUSED = 1_000
const AUDITED = 500

export const WAITING = PLAIN_WAITING + SEALED_WAITING
/** More rows than this are made. */
export const ROWS = 15_000
export const KNOWN_SENDER_ID = `settled 17 ${ODD}`

interface Filling {
  readonly folder: string
  readonly key: string
}

/** Fills `hookline.db` of a folder with a bit of everything: settled tasks of `other`, waiting ones of `note`. */
export async function fillStore({ folder, key }: Filling): Promise<void> {
  const plain = createIn(folder)
  await plain.open()
  await settleMany(plain)
  await inBatches(PLAIN_WAITING, (index) => plain.accept(waiting(index)))
  await inBatches(REFUSED, (index) =>
    plain.refuse(
      makeDelivery({ outcome: 'refused', reason: `${ODD} ${index}`, body: bytes(index) }),
    ),
  )
  await plain.accept(makeEntry({ programs: [], payload: null }, { body: randomBytes(9 * MIB) }))
  await inBatches(AUDITED, (index) => plain.audit(makeAudit({ target: `${index} ü` })))
  await plain.close()
  const sealed = createSealedIn({ folder, env: { HOOKLINE_KEY: key } })
  await sealed.open()
  await inBatches(SEALED_WAITING, (index) => sealed.accept(waiting(index)))
  for (const name of ['one', 'two', 'gone']) {
    await sealed.writeDocuments([{ collection: 'notes', name, value: JSON.stringify(ODD) }], null)
  }
  await sealed.writeDocuments([{ collection: 'notes', name: 'gone', value: null }], makeAudit())
  await sealed.close()
}

async function settleMany(store: StoreInstance): Promise<void> {
  await inBatches(SETTLED, (index) => {
    const event = { programs: ['other'], type: 'x', senderId: `settled ${index} ${ODD}` }
    const payload = index % 3 === 0 ? null : JSON.stringify({ index, ODD })
    return store.accept(makeEntry({ ...event, payload }, { source: 'hook', body: bytes(index) }))
  })
  let isFirst = true
  for (let left = SETTLED; left > 0; ) {
    const claims = await claim(store, { programs: ['other'], limit: BATCH })
    left -= claims.length
    const lines = claims.flatMap(({ lease: { taskId, fence } }) => [
      { taskId, attempt: fence, stream: 'stdout' as const, at: 1, text: `${ODD} ${taskId}` },
      { taskId, attempt: fence, stream: 'stderr' as const, at: 2, text: 'second' },
    ])
    await store.appendLog(lines)
    const [line] = lines
    const huge = line && Array.from({ length: 60 }, () => ({ ...line, text: ODD.repeat(4_000) }))
    if (isFirst && huge) for (const each of huge) await store.appendLog([each])
    isFirst = false
    const ended = makeSettlement({ result: JSON.stringify(ODD), reason: ODD })
    await Promise.all(claims.map(({ lease }) => store.settle(lease, ended)))
  }
}

function waiting(index: number): AcceptEntry {
  const policy = {
    policyKey: index % 2 === 0 ? `key ${index % 7} ${ODD}` : null,
    priority: index % 3,
  }
  return makeEntry({ programs: ['note'], type: 'x', policy }, { source: 'hook' })
}

function bytes(index: number): Uint8Array {
  return Uint8Array.from({ length: index % 700 }, (_, at) => (at * 31 + index) % 256)
}

async function inBatches(count: number, make: (index: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += BATCH) {
    const size = Math.min(BATCH, count - from)
    await Promise.all(Array.from({ length: size }, (_, index) => make(from + index)))
  }
}
