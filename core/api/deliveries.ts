import { Hono } from 'hono'
import { builtInSources } from '../config/built-in-sources.ts'
import type { DeliveryRecord } from '../contracts/store.ts'
import type { TaskRecord } from '../contracts/task.ts'
import { HooklineError } from '../kit/errors.ts'
import { diagnose } from '../receive/doctor/diagnose.ts'
import { requireRole } from './auth.ts'
import { deliveryQuery, given, readQuery } from './query.ts'
import type { AppServices, HttpTypes, Services } from './services.ts'
import {
  deliverySummaryView,
  deliveryView,
  diagnosisView,
  eventView,
  taskSummary,
} from './views.ts'
import { acceptAnswer } from './webhooks.ts'

const TASKS_PER_PAGE = 200

/** `/api/deliveries`: what arrived, and what was decided about it. */
export function deliveryRoutes(services: AppServices): Hono<HttpTypes> {
  const { store } = services
  const routes = new Hono<HttpTypes>()

  routes.get('/', async (context) => {
    const page = await store.deliveries(given(readQuery(deliveryQuery, context.req.query())))
    return context.json({ deliveries: page.items.map(deliverySummaryView), next: page.next })
  })

  routes.get('/:id', async (context) => {
    const delivery = await findDelivery(services, context.req.param('id'))
    const [events, tasks] = await Promise.all([
      store.events(delivery.id),
      allTasks(services, delivery.id),
    ])
    const tasksOf = Map.groupBy(tasks, (task) => task.eventId)
    const views = events.map((event) =>
      eventView(event, (tasksOf.get(event.id) ?? []).map(taskSummary)),
    )
    return context.json(deliveryView(delivery, views))
  })

  routes.post('/:id/replay', requireRole(services, 'operator'), async (context) => {
    const delivery = await findDelivery(services, context.req.param('id'))
    const facts = { action: 'delivery.replay', target: delivery.id, outcome: 'done' } as const
    const receipt = await services.audit.around(services.audit.entry(context, facts), () =>
      services.receiver.replay(delivery),
    )
    return context.json(acceptAnswer(receipt), 202)
  })

  routes.post('/:id/diagnose', requireRole(services, 'operator'), async (context) => {
    const record = await findDelivery(services, context.req.param('id'))
    const diagnosis = await diagnose({
      record,
      config: services.config(),
      previous: services.previousConfig(),
      definitions: builtInSources,
    })
    return context.json(diagnosisView(record, diagnosis))
  })
  return routes
}

async function findDelivery(services: Services, id: string): Promise<DeliveryRecord> {
  const delivery = await services.store.delivery(id)
  if (delivery === null) {
    throw new HooklineError('delivery_unknown', `There is no delivery '${id.slice(0, 64)}'`)
  }
  return delivery
}

async function allTasks(services: Services, deliveryId: string): Promise<readonly TaskRecord[]> {
  const tasks: TaskRecord[] = []
  let after: string | null = null
  do {
    const page: Awaited<ReturnType<Services['store']['tasks']>> = await services.store.tasks({
      deliveryId,
      limit: TASKS_PER_PAGE,
      ...(after === null ? {} : { after }),
    })
    tasks.push(...page.items)
    after = page.next
  } while (after !== null)
  return tasks.reverse()
}
