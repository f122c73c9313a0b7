import { Hono } from 'hono'
import { builtInSources } from '../../config/modules/built-in.ts'
import type { DeliveryRecord, DeliverySummary } from '../../contracts/store.ts'
import type { TaskRecord } from '../../contracts/task.ts'
import { requireRole } from '../access/guard/require-role.ts'
import {
  deliveryQuery,
  explainQuery,
  given,
  listQuery,
  readQuery,
  toDeliveryFilter,
} from '../http/query.ts'
import type { AppServices, HttpTypes, Services } from '../services.ts'
import { taskSummary } from '../tasks/views.ts'
import { acceptAnswer } from '../webhooks/accept-webhook.ts'
import { contentRoutes } from './content-routes.ts'
import { explainEvents } from './explain.ts'
import { eventAmong, findDelivery } from './find-delivery.ts'
import {
  deliveryView,
  diagnosisView,
  eventView,
  listedDeliveryView,
  OUTLINE_LIMIT,
} from './views.ts'

const TASKS_PER_PAGE = 200
const REPLAYS_SHOWN = 20
const REPLAYS_READ = 50

/** `/api/deliveries`: lists, shows, replays and diagnoses deliveries. */
export function deliveryRoutes(services: AppServices): Hono<HttpTypes> {
  const { store } = services
  const routes = new Hono<HttpTypes>().route('/', contentRoutes(services))

  routes.get('/', async (context) => {
    const query = readQuery(deliveryQuery, listQuery(context.req))
    const { after, limit } = query
    const page = await store.deliveries({ ...toDeliveryFilter(query), ...given({ after, limit }) })
    const ids = page.items.map(({ id }) => id)
    const outlines = await store.outlines(ids, OUTLINE_LIMIT)
    const outlineOf = new Map(outlines.map((outline) => [outline.deliveryId, outline]))
    const deliveries = page.items.map((item) => listedDeliveryView(item, outlineOf.get(item.id)))
    return context.json({ deliveries, next: page.next })
  })

  routes.get('/:id', async (context) => {
    const { delivery, views, replays } = await readDelivery(services, context.req.param('id'))
    return context.json(deliveryView(delivery, views, replays))
  })

  routes.get('/:id/explain', async (context) => {
    const { event } = readQuery(explainQuery, context.req.query())
    const read = await readDelivery(services, context.req.param('id'))
    const { delivery, events, views, replays } = read
    const showsPayload = context.get('principal').role !== 'viewer'
    const explained = await explainEvents(services, {
      delivery,
      events: event === undefined ? events : [eventAmong(events, delivery.id, event)],
      showsPayload,
    })
    return context.json(
      deliveryView(
        delivery,
        views.map((view) => ({ ...view, rules: explained.get(view.id) ?? null })),
        replays,
      ),
    )
  })

  routes.post('/:id/replay', requireRole(services, 'operator'), async (context) => {
    const delivery = await findDelivery(services, context.req.param('id'))
    const { audit, receiver } = services
    const entry = audit.entry(context, { action: 'delivery.replay', target: delivery.id })
    const receipt = await audit.around(entry, () => receiver.replay(delivery))
    return context.json(acceptAnswer(receipt), 202)
  })

  routes.post('/:id/diagnose', requireRole(services, 'operator'), async (context) => {
    const record = await findDelivery(services, context.req.param('id'))
    // Loaded only here: a start has no use for it.
    const { diagnose } = await import('../../doctor/diagnose.ts')
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

async function readDelivery(services: Services, id: string) {
  const delivery = await findDelivery(services, id)
  const [events, tasks, replays] = await Promise.all([
    services.store.events(delivery.id),
    allTasks(services, delivery.id),
    replaysOf(services, delivery),
  ])
  const tasksOf = Map.groupBy(tasks, (task) => task.eventId)
  const views = events.map((event) =>
    eventView(event, (tasksOf.get(event.id) ?? []).map(taskSummary)),
  )
  return { delivery, events, views, replays }
}

/** The newest deliveries that repeat it. */
async function replaysOf(
  { store }: Services,
  { id, outcome, receivedAt: since }: DeliveryRecord,
): Promise<readonly DeliverySummary[]> {
  if (outcome !== 'accepted') return []
  const { items } = await store.deliveries({ text: id, since, limit: REPLAYS_READ })
  // The id is also a word of what is only about the delivery, such as an event of Hookline itself.
  return items.filter(({ originalId }) => originalId === id).slice(0, REPLAYS_SHOWN)
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
