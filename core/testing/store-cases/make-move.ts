import type { StoreInstance } from '../../contracts/store.ts'
import type {
  StoreTransfer,
  TransferKind,
  TransferRow,
  TransferSource,
} from '../../contracts/transfer.ts'
import { type MoveReport, moveStore } from '../../transfer/move-store.ts'
import type { StoreCase, StoreUnderTest } from './adapter.ts'
import {
  claim,
  limited,
  makeAudit,
  makeBreaker,
  makeDelivery,
  makeEntry,
  makeSettlement,
} from './make-entry.ts'

const ODD_TEXT = 'line\0\u0001\u00010 \u{1f980} ü\r\n"'
const BINARY = Uint8Array.from({ length: 256 }, (_, index) => index)

export interface Moving extends StoreUnderTest {
  /** Another store of the kind, not open. */
  readonly other: StoreInstance
  /** Closes both, moves everything to the other one, and opens that. */
  move(): Promise<{ readonly report: MoveReport; readonly target: StoreInstance }>
}

/** A case for stores that can be moved. Other stores pass. */
export function moving(check: (tested: Moving) => Promise<void>): StoreCase['check'] {
  return async (tested) => {
    const { store } = tested
    const other = store.transfer === undefined ? undefined : await tested.empty?.()
    if (other === undefined) return
    const move = async () => {
      await other.close()
      await store.close()
      const report = await moveBetween(store, other)
      await other.open()
      return { report, target: other }
    }
    await check({ ...tested, other, move })
  }
}

async function moveBetween(from: StoreInstance, to: StoreInstance): Promise<MoveReport> {
  const source = await ends(from).openSource()
  const target = await ends(to).openTarget(source.name)
  const report = await moveStore({ source, target, onProgress: () => {} })
  await target.close()
  await source.close()
  return report
}

export function ends(store: StoreInstance): StoreTransfer {
  const transfer = store.transfer?.()
  if (transfer === undefined) throw new Error('The store cannot be moved.')
  return transfer
}

/** Kinds that differ after a move. */
export function unequal({ kinds }: MoveReport): readonly TransferKind[] {
  return kinds.filter(({ isEqual }) => !isEqual).map(({ kind }) => kind)
}

/** All pages of a kind with a key of one field. */
export async function pagesOf(source: TransferSource, kind: TransferKind) {
  const pages: (readonly TransferRow[])[] = []
  let page = await source.read(kind, null)
  while (page.length > 0) {
    pages.push(page)
    page = await source.read(kind, [page.at(-1)?.[0] as string])
  }
  return pages
}

/** Fills a store with rows of every kind, with odd text and bytes among them. */
export async function fill(store: StoreInstance): Promise<void> {
  const body = BINARY
  const odd = { payload: JSON.stringify({ odd: ODD_TEXT }), senderId: ODD_TEXT }
  const facts = { text: ODD_TEXT, count: 1.5, none: null }
  const policy = { policyKey: `${ODD_TEXT}${'k'.repeat(1000)}`, priority: -7 }
  const headers = { 'x-odd': 'ü"\\' }
  await store.accept(makeEntry({ ...odd, facts, policy }, { body, headers, path: `/${ODD_TEXT}` }))
  await store.accept(makeEntry(odd, { client: null }))
  await store.refuse(
    makeDelivery({ outcome: 'refused', reason: ODD_TEXT, body: new Uint8Array(0) }),
  )
  const states = ['succeeded', 'dead', 'waiting'] as const
  for (const [index] of states.entries()) await store.accept(makeEntry({ senderId: `s${index}` }))
  const programs = [limited({ concurrency: 9, rateLimit: { count: 5, perSeconds: 60 } })]
  const claims = await claim(store, { programs, limit: 4 })
  for (const [index, state] of states.entries()) {
    const lease = claims[index]?.lease
    if (lease === undefined) throw new Error('Too few tasks were due.')
    const line = { taskId: lease.taskId, attempt: lease.fence, at: 5 }
    await store.appendLog([
      { ...line, stream: 'stdout', text: ODD_TEXT },
      { ...line, stream: 'stderr', text: 'x'.repeat(100_000) },
    ])
    const attempt = state === 'succeeded' ? 'succeeded' : 'failed'
    const result = JSON.stringify(ODD_TEXT)
    const settlement = makeSettlement({ state, attempt, result, reason: ODD_TEXT })
    await store.settle(lease, { ...settlement, breaker: makeBreaker({ after: 2 }) })
  }
  const last = claims[3]?.lease
  if (last === undefined) throw new Error('Too few tasks were due.')
  await store.cancel(last.taskId)
  await store.settle(last, makeSettlement({ state: 'waiting', attempt: 'failed' }))
  for (const reason of [ODD_TEXT, null]) {
    await store.pause({ kind: 'rule', name: `odd ${reason}`, by: 'ci', reason }, null)
  }
  const write = { collection: 'odd', value: JSON.stringify(ODD_TEXT) }
  await store.writeDocuments([{ ...write, name: ODD_TEXT }], makeAudit({ detail: '{"a":"ü"}' }))
}

/** Everything that `fill` put into a store, as it can be read. */
export async function all(store: StoreInstance) {
  const { items: tasks } = await store.tasks({ limit: 200 })
  const { items: deliveries } = await store.deliveries({ limit: 200 })
  const ids = deliveries.map(({ id }) => id)
  return {
    tasks,
    attempts: await Promise.all(tasks.map(({ id }) => store.attempts(id))),
    logs: await Promise.all(tasks.map(({ id }) => store.readLog(id, { limit: 1000 }))),
    deliveries: (await Promise.all(ids.map((id) => store.delivery(id)))).map(
      (delivery) => delivery && { ...delivery, body: [...delivery.body] },
    ),
    events: await Promise.all(ids.map((id) => store.events(id))),
    pauses: await store.pauses(),
    documents: await store.documents('odd'),
    version: await store.documentsVersion(),
    audit: await store.auditEntries({ limit: 1000 }),
  }
}
