import { createHash } from 'node:crypto'
import type { CountBucket, CountKind, Death } from '../contracts/counts.ts'
import type { EndedTask } from '../contracts/projection.ts'
import type { DeliverySummary } from '../contracts/store.ts'
import type { TaskRecord } from '../contracts/task.ts'
import { ERRORS } from '../errors/errors.ts'
import { countTerms } from '../sdk/store/counts.ts'
import { binOf } from './durations.ts'
import { groupOfReason } from './reason-group.ts'

/** What is counted of a delivery. */
type CountedDelivery = Pick<DeliverySummary, 'source' | 'outcome' | 'reason' | 'receivedAt'> & {
  readonly tasks: readonly Pick<TaskRecord, 'program' | 'createdAt'>[]
}

/** What is counted of a task that ended, as it was then. */
type CountedEnd = Pick<
  TaskRecord,
  'id' | 'state' | 'program' | 'reason' | 'dueAt' | 'startedAt' | 'attempts'
> &
  Pick<EndedTask, 'endedAt' | 'isSealed'> & {
    readonly next?: Pick<TaskRecord, 'program' | 'createdAt'> | null
  }

interface Counted {
  readonly deliveries: readonly CountedDelivery[]
  /** In the order in which they ended. */
  readonly ends: readonly CountedEnd[]
}

/** What deliveries and ends of tasks add to the counts: buckets of each width that is still kept at `now`. */
export function countsOf({ deliveries, ends }: Counted, now: number): readonly CountBucket[] {
  const tally = new Tally(now)
  for (const { source, outcome, reason, receivedAt, tasks } of deliveries) {
    const keys = outcome === 'refused' ? ['refused', `refused:${codeOf(reason)}`] : [outcome]
    tally.add({ at: receivedAt, kind: 'source', name: source }, keys)
    for (const { program, createdAt } of tasks) {
      tally.add({ at: createdAt, kind: 'program', name: program }, ['created'])
    }
  }
  for (const end of ends) {
    const counted = { at: end.endedAt, kind: 'program', name: end.program } as const
    tally.add(counted, keysOfEnd(end))
    const { next } = end
    // A task that is retried and ends again has the same next one.
    if (next?.createdAt === end.endedAt) {
      tally.add({ at: next.createdAt, kind: 'program', name: next.program }, ['created'])
    }
    const failed = end.attempts - (end.state === 'succeeded' ? 1 : 0)
    if (end.state !== 'cancelled' && failed > 0) tally.add(counted, ['failedAttempts'], failed)
  }
  return tally.buckets()
}

/** The tasks that ended dead, each with its group of errors. */
export function deathsOf(ends: readonly CountedEnd[]): readonly Death[] {
  return ends
    .filter(({ state }) => state === 'dead')
    .map(({ id, program, reason: whole, endedAt: at, isSealed = false }) => {
      const reason = groupOfReason(whole ?? '')
      return { taskId: id, group: groupId(program, reason), program, reason, at, isSealed }
    })
}

/** The code of a refusal. Most sources give a reason in words. */
function codeOf(reason: string | null): string {
  const code = /^([a-z_]+): /.exec(reason ?? '')?.[1]
  return code !== undefined && Object.hasOwn(ERRORS, code) ? code : 'delivery_refused'
}

function keysOfEnd({ state, dueAt, startedAt, endedAt }: CountedEnd): readonly string[] {
  if (startedAt === null || state === 'cancelled') return [state]
  return [state, `run:${binOf(endedAt - startedAt)}`, `wait:${binOf(startedAt - dueAt)}`]
}

function groupId(program: string, reason: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([program, reason]))
    .digest('hex')
  return `err_${hash.slice(0, 24)}`
}

interface CountedAt {
  readonly at: number
  readonly kind: Exclude<CountKind, 'all'>
  readonly name: string
}

type OpenBucket = Omit<CountBucket, 'counts'> & { readonly counts: Record<string, number> }

/** Sums, by bucket. Everything is also counted under the kind `all`. */
class Tally {
  readonly #buckets = new Map<string, OpenBucket>()
  readonly #terms: ReturnType<typeof countTerms>['buckets']

  constructor(now: number) {
    this.#terms = countTerms(now).buckets
  }

  add({ at, kind, name }: CountedAt, keys: readonly string[], count = 1): void {
    for (const { widthSeconds, before } of this.#terms) {
      const start = at - (at % (widthSeconds * 1000))
      if (start < before) continue
      const own = this.#bucket({ widthSeconds, at: start, kind, name })
      const all = this.#bucket({ widthSeconds, at: start, kind: 'all', name: '' })
      for (const { counts } of [own, all]) {
        for (const key of keys) counts[key] = (counts[key] ?? 0) + count
      }
    }
  }

  buckets(): readonly CountBucket[] {
    return [...this.#buckets.values()]
  }

  #bucket(place: Omit<CountBucket, 'counts'>): OpenBucket {
    const { widthSeconds, at, kind, name } = place
    const id = `${widthSeconds} ${at} ${kind} ${name}`
    const known = this.#buckets.get(id)
    if (known !== undefined) return known
    const bucket = { ...place, counts: {} }
    this.#buckets.set(id, bucket)
    return bucket
  }
}
