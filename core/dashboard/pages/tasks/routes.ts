import { Hono } from 'hono'
import { attemptTitles, streamLog } from '../../log/log-stream.ts'
import { finish } from '../../notices.ts'
import type { DashboardTypes } from '../../page.ts'
import { taskListPage } from './list.ts'
import { apiOf, type OneTask, taskNow, taskPage } from './task.ts'

/** `/tasks`: the list of tasks, and each task. */
export function tasksPage(): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()
  routes.get('/', async (context) => context.html(await taskListPage(context.get('page'))))

  routes.get('/:id', async (context) =>
    context.html(await taskPage(context.get('page'), context.req.param('id'))),
  )

  routes.get('/:id/now', async (context) =>
    context.html(await taskNow(context.get('page'), context.req.param('id'))),
  )

  routes.get('/:id/log', async (context) => {
    const page = context.get('page')
    const taskId = context.req.param('id')
    const given = context.req.header('last-event-id') ?? context.req.query('after') ?? ''
    const after = /^\d{1,15}$/.test(given) ? Number(given) : 0
    const { history } = await page.api.get<OneTask>(apiOf(taskId), { tail: 0 })
    const attemptTitle = attemptTitles(history, page.texts.log.attempt)
    return streamLog(page, { taskId, after, attemptTitle })
  })

  for (const [action, notice] of [
    ['retry', 'taskRetried'],
    ['cancel', 'taskCancelled'],
  ] as const) {
    routes.post(`/:id/${action}`, async (context) => {
      const id = context.req.param('id')
      await context.get('page').api.send('POST', `${apiOf(id)}/${action}`)
      return finish(context, `/tasks/${encodeURIComponent(id)}`, notice)
    })
  }

  for (const [action, notice] of [
    ['approve', 'taskApproved'],
    ['reject', 'taskRejected'],
  ] as const) {
    routes.post(`/:id/${action}`, async (context) => {
      const id = context.req.param('id')
      const { digest } = await context.req.parseBody()
      await context.get('page').api.send('POST', `${apiOf(id)}/${action}`, { digest })
      return finish(context, `/tasks/${encodeURIComponent(id)}`, notice)
    })
  }

  routes.post('/:id/run', async (context) => {
    const { api } = context.get('page')
    const id = context.req.param('id')
    const { program, delivery, event } = await api.get<OneTask>(apiOf(id), { tail: 0 })
    const started = await api.send<{ task: string }>(
      'POST',
      `/api/programs/${encodeURIComponent(program)}/run`,
      { event: { delivery, event } },
    )
    return finish(context, `/tasks/${started.task}`, 'taskRun')
  })
  return routes
}
