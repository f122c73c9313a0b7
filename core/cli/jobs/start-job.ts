import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { DeliverySummaryView } from '../../api/deliveries/views.ts'
import type { JobView } from '../../api/jobs/routes.ts'
import type { TaskView } from '../../api/tasks/views.ts'
import { HooklineError, isHooklineError } from '../../errors/errors.ts'
import type { JobAction } from '../../jobs/job.ts'
import { type ApiClient, apiPath } from '../api-client.ts'
import { reasonText } from '../commands/tasks.ts'
import { type ConfirmOptions, isConfirmed } from '../confirm.ts'
import { printResult } from '../print.ts'
import { openClient, type ServiceOptions } from '../service-client.ts'
import { fieldList, itemTable } from '../tables.ts'
import { filterOf } from './filters.ts'

const POLL_MS = 1000
/** The service may be restarted meanwhile. */
const MAX_FAILURES_IN_A_ROW = 30

export interface ManyOptions extends ServiceOptions, ConfirmOptions {
  readonly all?: true
  readonly dryRun?: true
  readonly wait?: true
}

interface DryRun {
  readonly count: number
  readonly more: boolean
  readonly sample: readonly (TaskView | DeliverySummaryView)[]
}

const WORDS: Readonly<Record<JobAction, readonly [item: string, done: string]>> = {
  retry: ['task', 'retried'],
  cancel: ['task', 'cancelled'],
  replay: ['delivery', 'replayed'],
}

/** Adds the options of a command that acts on one item or, by a job, on several or on all that filters select. */
export function withManyOptions(
  command: Command,
  waiting = 'with --all or several ids: wait until the job has ended',
): Command {
  return command
    .option('--all', 'all that the filters select, in the background')
    .option('--dry-run', 'with --all or several ids: only count what would be selected')
    .option('-w, --wait', waiting)
}

/** Acts on several ids, or on all that the filters select. Returns the id to act on if there is one only; otherwise null. */
export async function actOnMany(
  action: JobAction,
  ids: readonly string[],
  options: ManyOptions,
): Promise<string | null> {
  const filter = filterOf(options)
  const isMany = options.all === true
  if (isMany === ids.length > 0) throw usage('Give either ids, or --all with filters')
  if (isMany) {
    if (Object.keys(filter).length === 0) throw usage('--all needs at least one filter')
    await startJob(action, filter, options)
    return null
  }
  if (Object.keys(filter).length > 0) throw usage('Filters are for --all')
  const [id = '', ...others] = ids
  if (others.length > 0) {
    await startJob(action, { id: ids }, options)
    return null
  }
  if (options.dryRun) throw usage('--dry-run is for several ids or --all')
  if (options.wait && action !== 'replay') throw usage('--wait is for several ids or --all')
  return id
}

async function startJob(
  action: JobAction,
  filter: ReturnType<typeof filterOf>,
  options: ManyOptions,
): Promise<void> {
  const client = await openClient(options)
  if (options.dryRun) {
    const answer = await client.post<DryRun>('/api/jobs', { action, filter, dryRun: true })
    return printResult(options, answer, (found) => dryRunText(action, found))
  }
  if (action === 'cancel' && options.all && !options.yes) {
    const ask = { action, filter, dryRun: true }
    const found = await client.post<DryRun>('/api/jobs', ask)
    if (found.count === 0 && !found.more) {
      return printResult(options, found, () => 'No task was selected.\n')
    }
    // What is cancelled cannot be resumed. Several ids have been written out one by one.
    if (!(await isConfirmed(`Cancel ${itemsText(action, found)}?`, {}))) return
  }
  const started = await client.post<JobView>('/api/jobs', { action, filter })
  const job = options.wait ? await waitForJob(client, started.id) : started
  printResult(options, job, jobText)
  if (options.wait && (job.state !== 'succeeded' || job.failed > 0)) process.exitCode = 1
}

function itemsText(action: JobAction, { count, more }: Pick<DryRun, 'count' | 'more'>): string {
  const [item] = WORDS[action]
  const items = count === 1 && !more ? item : item === 'task' ? 'tasks' : 'deliveries'
  return `${more ? 'more than ' : ''}${count} ${items}`
}

function dryRunText(action: JobAction, found: DryRun): string {
  const [item, done] = WORDS[action]
  const { sample } = found
  const head = `${itemsText(action, found).replace(/^m/, 'M')} would be ${done}.\n`
  if (sample.length === 0) return head
  return `${head}\nThe newest:\n${itemTable(sample, {
    [item.toUpperCase()]: ({ id }) => id,
    [item === 'task' ? 'PROGRAM' : 'SOURCE']: (one) => ('state' in one ? one.program : one.source),
    [item === 'task' ? 'CREATED' : 'RECEIVED']: (one) =>
      'state' in one ? one.createdAt : one.receivedAt,
    REASON: (one) => ('state' in one ? reasonText(one) : one.reason),
  })}`
}

async function waitForJob(client: ApiClient, id: string): Promise<JobView> {
  for (let failures = 0; ; ) {
    try {
      const job = await client.get<JobView>(apiPath`/api/jobs/${id}`)
      failures = 0
      if (process.stderr.isTTY) process.stderr.write(`\r${progressText(job)}\u001b[K`)
      if (job.endedAt !== null) {
        if (process.stderr.isTTY) process.stderr.write('\n')
        return job
      }
    } catch (error) {
      const isPassing = isHooklineError(error) && error.code === 'service_unreachable'
      if (!isPassing || ++failures > MAX_FAILURES_IN_A_ROW) throw error
    }
    await sleep(POLL_MS)
  }
}

/** How far a job has come: `120 of 230`. */
export function progressText({ done, skipped, failed, total }: JobView): string {
  const passed = done + skipped + failed
  return total === null ? 'selecting' : `${passed} of ${total}`
}

/** A job as `name: value` lines. */
export function jobText(job: JobView): string {
  const fields = {
    job: job.id,
    action: job.action,
    filter: Object.entries(job.filter)
      .map(([name, value]) => `${name}=${value}`)
      .join(', '),
    state: job.state,
    reason: job.reason,
    progress: progressText(job),
    skipped: job.skipped || null,
    failed: job.failed || null,
    by: job.createdBy,
    created: job.createdAt,
    ended: job.endedAt,
    node: job.node,
  }
  const failures = itemTable(job.failures, { ITEM: ({ id }) => id, REASON: ({ reason }) => reason })
  return fieldList(fields) + (job.failures.length === 0 ? '' : `\n${failures}`)
}

function usage(message: string): HooklineError {
  return new HooklineError('cli_usage', message)
}
