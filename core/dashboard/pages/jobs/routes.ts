import { Hono } from 'hono'
import { finish } from '../../notices.ts'
import type { DashboardTypes } from '../../page.ts'
import { jobApi, jobPage } from './job.ts'
import { jobListPage } from './list.ts'
import { newJobPage, startJob } from './new.ts'

/** `/jobs`: what is retried, cancelled or replayed together. */
export function jobsPage(): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()

  routes.get('/', async (context) => context.html(await jobListPage(context.get('page'))))
  routes.post('/', async (context) =>
    finish(context, await startJob(context.get('page')), 'jobStarted'),
  )
  routes.get('/new', async (context) => context.html(await newJobPage(context.get('page'))))
  routes.get('/:id', async (context) =>
    context.html(await jobPage(context.get('page'), context.req.param('id'))),
  )
  routes.post('/:id/cancel', async (context) => {
    const id = context.req.param('id')
    await context.get('page').api.send('POST', `${jobApi(id)}/cancel`)
    return finish(context, `/jobs/${encodeURIComponent(id)}`, 'jobCancelled')
  })
  return routes
}
