import type { TestRunner } from './executor.ts'
import { acceptCases } from './store-cases/accept.ts'
import type { StoreAdapter } from './store-cases/adapter.ts'
import { auditCases } from './store-cases/audit.ts'
import { backlogCases } from './store-cases/backlog.ts'
import { bulkCases, cancelCases } from './store-cases/cancel.ts'
import { changeCases } from './store-cases/changes.ts'
import { claimCases, priorityCases } from './store-cases/claim.ts'
import { concurrencyCases } from './store-cases/concurrency.ts'
import { contentCases } from './store-cases/content.ts'
import { documentCases } from './store-cases/documents.ts'
import { duplicateCases } from './store-cases/duplicate.ts'
import { followUpCases } from './store-cases/follow-up.ts'
import { handedOverCases } from './store-cases/leases/handed-over.ts'
import { leaseCases } from './store-cases/leases/lease.ts'
import { listCases } from './store-cases/lists.ts'
import { logCases } from './store-cases/log.ts'
import { nodeCases } from './store-cases/nodes.ts'
import { approvalCases } from './store-cases/pauses/approval.ts'
import { breakerCases } from './store-cases/pauses/breaker.ts'
import { pauseCases } from './store-cases/pauses/hold-back.ts'
import { releaseCases } from './store-cases/pauses/release.ts'
import { countCases } from './store-cases/projection/counts.ts'
import { errorCases } from './store-cases/projection/errors.ts'
import { noteCases } from './store-cases/projection/notes.ts'
import { searchCases } from './store-cases/projection/search.ts'
import { segmentCases } from './store-cases/projection/segments.ts'
import { rateCases } from './store-cases/rate.ts'
import { replaceCases } from './store-cases/replace.ts'
import { retentionCases } from './store-cases/retention.ts'
import { settleCases } from './store-cases/settle.ts'
import { transferCases } from './store-cases/transfer.ts'

export type { StoreAdapter, StoreUnderTest } from './store-cases/adapter.ts'

/** Tests any store against the store contract. Every test makes a store of its own. Give the runner 20 seconds. */
export function testStore({ describe, it }: TestRunner, adapter: StoreAdapter): void {
  const groups = {
    accept: acceptCases,
    duplicates: duplicateCases,
    content: contentCases,
    claim: claimCases,
    leases: leaseCases,
    'hand-overs': handedOverCases,
    settle: settleCases,
    'follow-ups': followUpCases,
    'cancel and retry': cancelCases,
    bulk: bulkCases,
    concurrency: concurrencyCases,
    rates: rateCases,
    priority: priorityCases,
    replacing: replaceCases,
    logs: logCases,
    lists: listCases,
    changes: changeCases,
    documents: documentCases,
    audit: auditCases,
    nodes: nodeCases,
    pauses: pauseCases,
    'ends of pauses': releaseCases,
    breakers: breakerCases,
    approvals: approvalCases,
    backlog: backlogCases,
    'notes of commits': noteCases,
    'lists within terms': searchCases,
    'what is deleted, in searches': segmentCases,
    counts: countCases,
    errors: errorCases,
    retention: retentionCases,
    moving: transferCases,
  }
  describe(adapter.name, () => {
    for (const [name, cases] of Object.entries(groups)) {
      describe(name, () => {
        for (const { title, check } of cases) {
          it(title, async () => {
            const tested = await adapter.create()
            try {
              await check(tested)
            } finally {
              await tested.dispose()
            }
          })
        }
      })
    }
  })
}
