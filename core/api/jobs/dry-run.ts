import type {
  DeliveryFilter,
  DeliverySummary,
  Page,
  StoreInstance,
  TaskFilter,
} from '../../contracts/store.ts'
import type { TaskRecord } from '../../contracts/task.ts'
import { deliverySummaryView } from '../deliveries/views.ts'
import { listedTaskView } from '../tasks/views.ts'
import type { JobRequest } from './request.ts'

const MAX_COUNT = 100_000
const MAX_MS = 5000
const PAGE = 200
const SAMPLES = 10

type Lists = Pick<StoreInstance, 'tasks' | 'deliveries'>
type Item = TaskRecord | DeliverySummary

/** What a job would select: counted up to a limit, with a sample of the newest. */
export async function tryJob({ action, filter, lists, ids, taskStates }: JobRequest, store: Lists) {
  const deadline = performance.now() + MAX_MS
  const sample: object[] = []
  let count = 0
  const add = (items: readonly Item[]) => {
    count += items.length
    sample.push(...items.slice(0, SAMPLES - sample.length).map(viewOf))
  }
  const answer = (more: boolean) => ({ action, filter, count, more, sample })
  for (const id of ids ?? []) {
    // The list has no bodies, and an id alone finds its row.
    const { items } = await readPage(action, { after: `${id}~`, limit: 1 }, store)
    add(items.filter((item) => item.id === id && isPossible(item, taskStates)))
  }
  for (const list of lists) {
    let after: string | null = null
    do {
      if (count >= MAX_COUNT || performance.now() > deadline) return answer(true)
      const page = { ...list, ...(after === null ? {} : { after }), limit: PAGE }
      const { items, next } = await readPage(action, page, store)
      add(items)
      after = next
    } while (after !== null)
  }
  return answer(false)
}

function readPage(action: JobRequest['action'], page: object, store: Lists): Promise<Page<Item>> {
  return action === 'replay'
    ? store.deliveries(page as DeliveryFilter)
    : store.tasks(page as TaskFilter)
}

function isPossible(item: Item, taskStates: JobRequest['taskStates']): boolean {
  return 'outcome' in item ? item.outcome === 'accepted' : taskStates.includes(item.state)
}

function viewOf(item: Item): object {
  if ('outcome' in item) return deliverySummaryView(item)
  return listedTaskView(item, { waitingFor: null, pausedBy: null, isProgramGone: false })
}
