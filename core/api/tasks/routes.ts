import { type Context, Hono } from 'hono'
import type { TaskRecord } from '../../contracts/task.ts'
import { HooklineError } from '../../errors/errors.ts'
import { programOf } from '../../matching/next-step.ts'
import { readReport } from '../../reporting/record.ts'
import { readRequest } from '../../work/read-request.ts'
import { requireRole } from '../access/guard/require-role.ts'
import { findEvent } from '../deliveries/find-delivery.ts'
import {
  given,
  listQuery,
  logQuery,
  oneTaskQuery,
  readQuery,
  taskQuery,
  toTaskFilter,
} from '../http/query.ts'
import { pausedBy } from '../pauses/views.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { approvalRoutes } from './approval.ts'
import { findTask, orUnknown } from './find-task.ts'
import { isSettled } from './follow-task.ts'
import { taskInputView } from './input.ts'
import { followLog } from './log.ts'
import { logFile } from './log-file.ts'
import { attemptView, listedTaskView, logView, reportView, taskView } from './views.ts'

/** `/api/tasks`: lists, shows, retries and cancels tasks, and serves their logs. */
export function taskRoutes(services: AppServices): Hono<HttpTypes> {
  const { store, roster, pauses, config, redactor } = services
  const routes = new Hono<HttpTypes>()
  // Recorded in the audit log before it is done.
  const act = (
    context: Context<HttpTypes>,
    [action, target]: readonly [string, string],
    change: () => Promise<TaskRecord | null>,
  ) => {
    const entry = services.audit.entry(context, { action, target })
    return services.audit.around(entry, () => orUnknown(change(), target))
  }

  const operator = requireRole(services, 'operator')
  /** Shows tasks, with why they wait. */
  const viewer = async () => {
    const [awaited, paused] = await Promise.all([roster.awaited(), pauses.get()])
    const { programs } = config()
    return (task: TaskRecord, view = taskView) => {
      const waitingFor = awaited.get(task.program) ?? null
      const isProgramGone = !programs.has(task.program)
      return view(task, { waitingFor, pausedBy: pausedBy(task, paused), isProgramGone })
    }
  }

  routes.get('/', async (context) => {
    const query = readQuery(taskQuery, listQuery(context.req))
    const { after, limit } = query
    const page = await store.tasks({ ...toTaskFilter(query), ...given({ after, limit }) })
    const show = await viewer()
    const tasks = page.items.map((task) => show(task, listedTaskView))
    return context.json({ tasks, next: page.next })
  })

  routes.get('/:id', async (context) => {
    const task = await findTask(services, context.req.param('id'))
    const { tail } = readQuery(oneTaskQuery, context.req.query())
    const [history, report, log] = await Promise.all([
      store.attempts(task.id),
      readReport(store, task.id),
      tail === 0 ? [] : store.readLog(task.id, { limit: tail, tail: true }),
    ])
    return context.json({
      ...(await viewer())(task),
      report: reportView(report),
      history: history.map(attemptView),
      log: log.map(logView),
    })
  })

  routes.get('/:id/input', async (context) => {
    const task = await findTask(services, context.req.param('id'))
    const event = await findEvent(services, task.deliveryId, task.eventId)
    const program = programOf(config(), task) ?? null
    const reads = program?.settings.readsRequest === true
    const request = reads ? await readRequest(store, task.deliveryId) : null
    const showsPayload = context.get('principal').role !== 'viewer'
    const shown = { task, event, request, program, redactor, showsPayload }
    return context.json(taskInputView(shown))
  })

  routes.get('/:id/log', async (context) => {
    const task = await findTask(services, context.req.param('id'))
    const { after, limit, format } = readQuery(logQuery, context.req.query())
    if (format === 'text') return logFile(context, services, { taskId: task.id, after })
    if (context.req.header('accept')?.includes('text/event-stream')) {
      return followLog(context, services, { taskId: task.id, after: lastEventId(context) ?? after })
    }
    const log = await store.readLog(task.id, { after, limit })
    return context.json({
      log: log.map(logView),
      next: log.at(-1)?.sequence ?? after,
      ended: isSettled(task.state),
    })
  })

  routes.post('/:id/retry', operator, async (context) => {
    const { id, state } = await findTask(services, context.req.param('id'))
    if (!isSettled(state)) throw new HooklineError('task_not_settled', `Task ${id} is ${state}`)
    const task = await act(context, ['task.retry', id], () => store.retry(id))
    return context.json((await viewer())(task))
  })

  routes.post('/:id/cancel', operator, async (context) => {
    const { id, state } = await findTask(services, context.req.param('id'))
    if (isSettled(state)) throw new HooklineError('task_already_settled', `Task ${id} is ${state}`)
    const task = await act(context, ['task.cancel', id], () => store.cancel(id))
    return context.json((await viewer())(task))
  })
  routes.route('/', approvalRoutes(services))
  return routes
}

// After a lost connection, a browser sends the id of the last event it saw (HTML standard, section 9.2.4).
function lastEventId(context: Context): number | null {
  const header = context.req.header('last-event-id')
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : null
}
