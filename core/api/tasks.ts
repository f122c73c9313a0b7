import { type Context, Hono } from 'hono'
import type { TaskRecord } from '../contracts/task.ts'
import { HooklineError } from '../kit/errors.ts'
import { isSettled } from '../kit/task-state.ts'
import { requireRole } from './auth.ts'
import { given, logQuery, readQuery, taskQuery } from './query.ts'
import type { AppServices, HttpTypes } from './services.ts'
import { followLog } from './task-log.ts'
import { attemptView, logView, taskView } from './views.ts'

const LOG_TAIL_CHUNKS = 100

/** `/api/tasks`: what came of each match. */
export function taskRoutes(services: AppServices): Hono<HttpTypes> {
  const { store, roster } = services
  const routes = new Hono<HttpTypes>()
  // Written down before it is done.
  const act = (
    context: Context<HttpTypes>,
    [action, target]: readonly [string, string],
    change: () => Promise<TaskRecord | null>,
  ) => {
    const entry = services.audit.entry(context, { action, target, outcome: 'done' })
    return services.audit.around(entry, () => orUnknown(change(), target))
  }

  const view = (task: TaskRecord, awaited: ReadonlyMap<string, readonly string[]>) =>
    taskView(task, awaited.get(task.program) ?? null)

  routes.get('/', async (context) => {
    const { delivery, ...filter } = readQuery(taskQuery, context.req.query())
    const page = await store.tasks(given({ ...filter, deliveryId: delivery }))
    const awaited = await roster.awaited()
    const tasks = page.items.map((task) => view(task, awaited))
    return context.json({ tasks, next: page.next })
  })

  routes.get('/:id', async (context) => {
    const task = await findTask(services, context.req.param('id'))
    const [history, log] = await Promise.all([
      store.attempts(task.id),
      store.readLog(task.id, { limit: LOG_TAIL_CHUNKS, tail: true }),
    ])
    return context.json({
      ...view(task, await roster.awaited()),
      history: history.map(attemptView),
      log: log.map(logView),
    })
  })

  routes.get('/:id/log', async (context) => {
    const task = await findTask(services, context.req.param('id'))
    const { after, limit } = readQuery(logQuery, context.req.query())
    if (context.req.header('accept')?.includes('text/event-stream')) {
      return followLog(context, services, { taskId: task.id, after: lastSeen(context) ?? after })
    }
    const log = await store.readLog(task.id, { after, limit })
    return context.json({
      log: log.map(logView),
      next: log.at(-1)?.sequence ?? after,
      ended: isSettled(task.state),
    })
  })

  routes.post('/:id/retry', requireRole(services, 'operator'), async (context) => {
    const { id, state } = await findTask(services, context.req.param('id'))
    if (!isSettled(state)) throw new HooklineError('task_not_settled', `Task ${id} is ${state}`)
    const task = await act(context, ['task.retry', id], () => store.retry(id))
    return context.json(view(task, await roster.awaited()))
  })

  routes.post('/:id/cancel', requireRole(services, 'operator'), async (context) => {
    const { id, state } = await findTask(services, context.req.param('id'))
    if (isSettled(state)) throw new HooklineError('task_already_settled', `Task ${id} is ${state}`)
    const task = await act(context, ['task.cancel', id], () => store.cancel(id))
    return context.json(view(task, await roster.awaited()))
  })
  return routes
}

function findTask(services: AppServices, id: string): Promise<TaskRecord> {
  return orUnknown(services.store.task(id), id)
}

async function orUnknown(found: Promise<TaskRecord | null>, id: string): Promise<TaskRecord> {
  const task = await found
  if (task === null)
    throw new HooklineError('task_unknown', `There is no task '${id.slice(0, 64)}'`)
  return task
}

// A browser that lost its connection names the last event it saw (HTML standard, section 9.2.4).
function lastSeen(context: Context): number | null {
  const header = context.req.header('last-event-id')
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : null
}
