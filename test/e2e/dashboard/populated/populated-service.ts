import { join } from 'node:path'
import { createIn } from '../../../plugins/stores/sqlite/create-sqlite.ts'
import { seedStore } from '../../../seeded-store.ts'
import { ADMIN_TOKEN, makeFolder, type Service, startService, until } from '../../service.ts'
import { history } from './history.ts'
import { SECRET } from './secret.ts'
import { github, payment, push, send, shop } from './send.ts'

const DAY_MS = 86_400_000
/** Python starts several times, which takes long on a machine that has much else to do. */
const CALM_SECONDS = 60

/** Parts of the config that are managed, by their paths in the API. */
const MANAGED = [
  ['/api/config/webhooks', { name: 'crm', use: 'custom', options: { token: SECRET } }],
  [
    '/api/config/rules',
    { name: 'refunds', on: 'shop.refund', when: 'payload.total > 50', run: 'sync-order' },
  ],
] as const

interface TaskView {
  readonly id: string
  readonly program: string
  readonly state: string
  readonly source: string
  readonly type: string
  readonly delivery: string
}

export interface PopulatedService extends Service {
  /** The newest task of a program. */
  taskOf(program: string): Promise<string>
  /** The newest delivery of such an event, as `shop.order`. */
  deliveryOf(event: string): Promise<string>
  /** Waits until all that can end has ended. */
  calm(): Promise<void>
  /** Stops it, and removes what it kept. */
  dispose(): Promise<void>
}

export interface PopulateOptions {
  /** Deliveries of the last day. Default: none. */
  readonly past?: number
}

/**
 * A real service with deliveries of each outcome and tasks in each state: `import-catalog` runs and prints, and another
 * one waits for it; `print-label` waits for a node; `run-tests`, `nightly-report` and `send-receipt` are dead.
 */
export async function startPopulated({
  past = 0,
}: PopulateOptions = {}): Promise<PopulatedService> {
  const { folder, remove } = makeFolder('')
  const now = Date.now()
  if (past > 0) await seedStore(createIn(folder), history(past, now - DAY_MS, now))
  const args = ['--config', join(import.meta.dirname, 'webhook.config.ts'), '--data', folder]
  const service = await startService({ folder, args })
  const tasks = async () => (await service.get<{ tasks: TaskView[] }>('/api/tasks?limit=200')).tasks
  const taskOf = async (program: string) => {
    const found = (await tasks()).find((task) => task.program === program)
    if (found === undefined) throw new Error(`no task of ${program}`)
    return found.id
  }
  const deliveryOf = async (event: string) => {
    const { tasks: all } = await service.get<{ tasks: TaskView[] }>('/api/tasks?limit=200')
    const found = all.find(({ source, type }) => `${source}.${type}` === event)
    if (found === undefined) throw new Error(`no event ${event}`)
    return found.delivery
  }
  const calm = async () => {
    const dead = (await until(tasks, isCalm, CALM_SECONDS)).filter(({ state }) => state === 'dead')
    // They are grouped after their commit.
    const errors = () => service.get<{ errors: { count: number }[] }>('/api/errors')
    await until(
      errors,
      (page) => page.errors.reduce((sum, group) => sum + group.count, 0) >= dead.length,
      CALM_SECONDS,
    )
  }
  const dispose = async () => {
    await service.stop()
    remove()
  }
  try {
    for (const [path, part] of MANAGED) await change(service, path, part)
    await send(service.url, usual())
    await service.post(`/api/tasks/${await taskOf('print-label')}/cancel`)
    await send(service.url, [shop('order', { total: 240, customer: 'Ada' })])
    await calm()
  } catch (error) {
    await dispose()
    throw error
  }
  return { ...service, taskOf, deliveryOf, calm, dispose }
}

/** Makes something with the API. */
async function change({ url }: Service, path: string, body: unknown): Promise<void> {
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`)
}

function usual() {
  const repeated = push('acme/shop', 'main')
  return [
    push('acme/site', 'main'),
    repeated,
    repeated,
    push('acme/shop', 'fix-refunds'),
    github('ping', { zen: 'Speak like a human.', hook_id: 1 }),
    github('push', { ref: 'refs/heads/main' }, 'another secret'),
    github('issues', {
      action: 'opened',
      issue: { number: 7, title: 'Late' },
      repository: { full_name: 'acme/shop' },
    }),
    shop('order', { total: 19.5, customer: 'Grace' }),
    shop('order', { total: 120, customer: 'Edsger' }),
    shop('catalog', { products: 12_000_000 }),
    shop('catalog', { products: 250 }),
    shop('report', { day: '2026-01-31' }),
    payment('invoice.paid', { id: 'in_1', amount_paid: 1250, customer: 'cus_9' }),
  ]
}

/** Whether all that can end has ended. */
function isCalm(tasks: readonly TaskView[]): boolean {
  const lasting = ['import-catalog', 'print-label']
  const others = tasks.filter(({ program }) => !lasting.includes(program))
  const isImporting = tasks.some(
    ({ program, state }) => program === 'import-catalog' && state === 'running',
  )
  return isImporting && others.every(({ state }) => state !== 'waiting' && state !== 'running')
}
