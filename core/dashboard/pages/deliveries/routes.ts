import { Hono } from 'hono'
import { finish } from '../../notices.ts'
import type { DashboardTypes } from '../../page.ts'
import { deliveryNow, deliveryPage, payloadPage } from './detail.ts'
import { deliveryListPage } from './list.ts'
import { deliveryApi, diagnose } from './load.ts'

/** `/deliveries`: the list of deliveries, and each delivery. */
export function deliveriesPage(): Hono<DashboardTypes> {
  const routes = new Hono<DashboardTypes>()

  routes.get('/', async (context) => context.html(await deliveryListPage(context.get('page'))))
  routes.get('/:id', async (context) =>
    context.html(await deliveryPage(context.get('page'), context.req.param('id'))),
  )
  routes.get('/:id/now', async (context) =>
    context.html(await deliveryNow(context.get('page'), context.req.param('id'))),
  )
  routes.get('/:id/payload', async (context) =>
    context.html(await payloadPage(context.get('page'), context.req.param('id'))),
  )
  // Answered with the page itself: nothing changes, and the findings are kept nowhere.
  routes.post('/:id/diagnose', async (context) => {
    const page = context.get('page')
    const id = context.req.param('id')
    return context.html(await deliveryPage(page, id, await diagnose(page, id)))
  })
  routes.post('/:id/replay', async (context) => {
    const path = `${deliveryApi(context.req.param('id'))}/replay`
    const { delivery } = await context.get('page').api.send<{ delivery: string }>('POST', path)
    return finish(context, `/deliveries/${delivery}`, 'replayed')
  })
  return routes
}
