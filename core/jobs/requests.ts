import type { DocumentStore, NewAuditEntry } from '../contracts/document.ts'
import { HooklineError } from '../errors/errors.ts'
import { JobItems } from './items.ts'
import { hasEnded, type Job, jobWrite, readJobs, type StoredJob } from './job.ts'

const MAX_UNENDED = 20
/** A runner may write the job between reading and writing it here. */
const MAX_TRIES = 20

type JobStore = Pick<DocumentStore, 'documents' | 'writeDocuments'>

/** What a job begins with. */
export interface NewJob
  extends Pick<
    Job,
    'action' | 'filter' | 'lists' | 'taskStates' | 'before' | 'createdBy' | 'createdAt'
  > {
  /** What is selected, newest first; null: what the lists have. At most 200. */
  readonly ids: readonly string[] | null
}

/** Commits a job and its audit entry; a runner then carries it out. Throws `jobs_too_many`. */
export async function createJob(
  store: JobStore,
  id: string,
  { ids, ...given }: NewJob,
  audit: NewAuditEntry,
): Promise<StoredJob> {
  const unended = (await readJobs(store)).filter(({ job }) => !hasEnded(job))
  if (unended.length >= MAX_UNENDED) {
    const message = `There are ${unended.length} jobs that have not ended`
    throw new HooklineError('jobs_too_many', message)
  }
  const job: Job = {
    ...given,
    state: 'waiting',
    reason: null,
    selecting: ids === null ? { list: 0, after: given.before } : null,
    selected: ids?.length ?? 0,
    left: ids?.length ?? 0,
    done: 0,
    skipped: 0,
    failed: 0,
    failures: [],
    startedAt: null,
    endedAt: null,
    holder: null,
    node: null,
  }
  const writes = [jobWrite(id, job, null), ...JobItems.first(id, ids ?? [])]
  const written = await store.writeDocuments(writes, audit)
  return { id, job, version: written.ok ? (written.versions[0] ?? 0) : 0 }
}

/** Ends a job: no further step of it is committed. Throws `job_unknown`, `job_already_ended` or `job_busy`. */
export async function cancelJob(
  store: JobStore,
  id: string,
  audit: NewAuditEntry,
): Promise<StoredJob> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const stored = await findJob(store, id)
    if (hasEnded(stored.job)) {
      throw new HooklineError('job_already_ended', `Job ${id} is ${stored.job.state}`)
    }
    const items = await JobItems.read(store, id)
    const job: Job = { ...stored.job, state: 'cancelled', endedAt: audit.at, holder: null }
    const writes = [jobWrite(id, job, stored.version), ...items.drop(0)]
    const written = await store.writeDocuments(writes, audit)
    if (written.ok) return { id, job, version: written.versions[0] ?? 0 }
  }
  throw new HooklineError('job_busy', `The node of job ${id} wrote it first, ${MAX_TRIES} times`)
}

/** Throws `job_unknown`. */
export async function findJob(store: JobStore, id: string): Promise<StoredJob> {
  const [found] = await readJobs(store, id)
  if (found !== undefined) return found
  throw new HooklineError('job_unknown', `There is no job '${id.slice(0, 64)}'`)
}
