import { Hono } from 'hono'
import type { StoredJob } from '../../jobs/job.ts'
import { readJobs } from '../../jobs/job.ts'
import { cancelJob, createJob, findJob } from '../../jobs/requests.ts'
import { createId } from '../../kit/id.ts'
import { requireRole } from '../access/guard/require-role.ts'
import { readJson } from '../http/json-body.ts'
import { isoTime } from '../iso-time.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { tryJob } from './dry-run.ts'
import { readJobRequest } from './request.ts'

const MAX_BODY_BYTES = 64 * 1024
/** Sorts before every id. */
const NOTHING = '0'

/** `/api/jobs`: retries, cancels or replays all that a filter selects, in the background. */
export function jobRoutes(services: AppServices): Hono<HttpTypes> {
  const { store, audit } = services
  const routes = new Hono<HttpTypes>()
  const operator = requireRole(services, 'operator')

  routes.get('/', async (context) => context.json({ jobs: (await readJobs(store)).map(jobView) }))

  routes.post('/', operator, async (context) => {
    const request = readJobRequest(await readJson(context, MAX_BODY_BYTES))
    const { dryRun, ...given } = request
    if (dryRun) return context.json(await tryJob(request, store))
    const { action, filter } = given
    const page =
      action === 'replay' ? await store.deliveries({ limit: 1 }) : await store.tasks({ limit: 1 })
    const newest = page.items[0]?.id
    const id = createId('job')
    const detail = { action, filter }
    const entry = audit.entry(context, { action: 'job.create', target: id, detail })
    const job = {
      ...given,
      before: newest === undefined ? NOTHING : `${newest}~`,
      createdBy: entry.actor,
      createdAt: entry.at,
    }
    const created = await createJob(store, id, job, entry)
    context.header('Location', `/api/jobs/${id}`)
    return context.json(jobView(created), 202)
  })

  routes.get('/:id', async (context) => {
    return context.json(jobView(await findJob(store, context.req.param('id'))))
  })

  routes.post('/:id/cancel', operator, async (context) => {
    const id = context.req.param('id')
    const entry = audit.entry(context, { action: 'job.cancel', target: id })
    return context.json(jobView(await cancelJob(store, id, entry)))
  })
  return routes
}

/** A job as the API shows it. */
function jobView({ id, job }: StoredJob) {
  const { action, filter, state, reason, selecting, selected, node } = job
  const { done, skipped, failed, failures, createdBy } = job
  return {
    id,
    action,
    filter,
    state,
    /** Null until all are selected. */
    total: selecting === null ? selected : null,
    done,
    skipped,
    failed,
    failures,
    reason,
    createdBy,
    createdAt: isoTime(job.createdAt),
    startedAt: isoTime(job.startedAt),
    endedAt: isoTime(job.endedAt),
    node,
  }
}

export type JobView = ReturnType<typeof jobView>
