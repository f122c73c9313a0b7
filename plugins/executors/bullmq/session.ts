import type { JobsOptions, Queue } from 'bullmq'
import { importOptional, redisServer } from '../../../core/sdk/executor.ts'
import type { BullmqOptions } from './options.ts'

/** The packages that the plugin needs. */
export const PACKAGES = ['bullmq', '@redis/client'] as const

/** Lines of a job's log that are read at once. */
const LOG_LINES = 1000
/** What `isFinished` answers. */
const MISSING = -1
const GOING_ON = 0

/** Throws `package_missing`. */
export function loadBullmq(): Promise<Pick<typeof import('bullmq'), 'Queue' | 'QueueEvents'>> {
  return importOptional(PACKAGES, () => import('bullmq'))
}

/** Where the queue of a program is. */
export interface Place extends Pick<BullmqOptions, 'queue' | 'prefix'> {
  readonly address: redisServer.RedisAddress
  /** The name of the program. */
  readonly program: string
}

/** A job to be added. */
export interface NewJob {
  readonly name: string
  readonly data: unknown
  readonly options: JobsOptions
}

/** How a job fares. */
export interface JobLook {
  readonly state: 'missing' | 'going-on' | 'ended'
  /** What was added to its log. */
  readonly lines: readonly string[]
  /** Of a job that has ended. */
  readonly end: JobEnd | null
}

/** How a job ended. */
export interface JobEnd {
  /** Null: it was completed. */
  readonly failedReason: string | null
  /** JSON text. */
  readonly returnvalue: string
  /** One text for each time that it failed. */
  readonly stacktrace: readonly string[]
}

/** A connection to the Redis of a queue. What is asked at once is sent at once. */
export class BullSession {
  readonly #place: Place
  readonly #client: redisServer.RedisClient
  readonly #queue: Queue
  #isDemoted = false

  private constructor(place: Place, client: redisServer.RedisClient, queue: Queue) {
    this.#place = place
    this.#client = client
    this.#queue = queue
  }

  /** Throws `package_missing`, `broker_access_refused` or an error of the connection. */
  static async open(place: Place, signal: AbortSignal): Promise<BullSession> {
    const { address, queue: name, prefix, program } = place
    const bullmq = await loadBullmq()
    const client = await redisServer.createRedis(PACKAGES, address, program)
    try {
      await redisServer.connectRedis(client, signal)
    } catch (error) {
      throw redisServer.replyFault(address, targetOf(place), error)
    }
    const settings = { prefix, skipVersionCheck: true, skipMetasUpdate: true }
    const queue = new bullmq.Queue(name, { connection: client, ...settings })
    queue.on('error', () => {})
    await queue.waitUntilReady()
    return new BullSession(place, client, queue)
  }

  get isOpen(): boolean {
    return this.#client.isReady && !this.#isDemoted
  }

  /** Resolves when Redis has the job. One of the same id that is there stays as it is. */
  async add({ name, data, options }: NewJob): Promise<void> {
    await this.#ask(() => this.#queue.add(name, data, options))
  }

  /** Looks at jobs, and reads their logs from these lines on. */
  look(jobs: readonly { readonly id: string; readonly fromLine: number }[]) {
    return this.#ask(() => Promise.all(jobs.map(({ id, fromLine }) => this.#look(id, fromLine))))
  }

  /** Removes jobs that no worker has begun. Answers for each job whether a worker is at it. */
  remove(ids: readonly string[]): Promise<readonly boolean[]> {
    return this.#ask(() => Promise.all(ids.map((id) => this.#remove(id))))
  }

  async close(): Promise<void> {
    if (this.#client.isOpen) this.#client.destroy()
    await this.#queue.close()
  }

  async #look(id: string, fromLine: number): Promise<JobLook> {
    const backend = this.#queue.getBackend()
    const [state, { logs }] = await Promise.all([
      backend.isFinished(id),
      backend.getJobLogs(id, fromLine, fromLine + LOG_LINES - 1, true),
    ])
    if (state === MISSING) return { state: 'missing', lines: [], end: null }
    if (state === GOING_ON) return { state: 'going-on', lines: logs, end: null }
    let added = logs.length
    while (added === LOG_LINES) {
      const from = fromLine + logs.length
      const more = await backend.getJobLogs(id, from, from + LOG_LINES - 1, true)
      logs.push(...more.logs)
      added = more.logs.length
    }
    const job = await backend.getJobData(id)
    if (job === undefined) return { state: 'missing', lines: logs, end: null }
    const end = {
      failedReason: state === 1 ? null : String(job.failedReason ?? ''),
      returnvalue: job.returnvalue ?? 'null',
      stacktrace: listOf(job.stacktrace),
    }
    return { state: 'ended', lines: logs, end }
  }

  async #remove(id: string): Promise<boolean> {
    const backend = this.#queue.getBackend()
    const [state, isActive] = await Promise.all([
      backend.isFinished(id),
      backend.isJobInState('active', id),
    ])
    // One that has ended is left to be looked at.
    if (state !== GOING_ON) return false
    return isActive || (await backend.remove(id, true)) === 0
  }

  async #ask<Answer>(call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await call()
    } catch (error) {
      this.#isDemoted ||= redisServer.isDemoted(error)
      throw redisServer.replyFault(this.#place.address, targetOf(this.#place), error)
    }
  }
}

function targetOf({ queue, prefix }: Place): redisServer.RedisTarget {
  const keys = `\`${prefix}:${queue}:*\``
  return {
    what: `the queue ${JSON.stringify(queue)}`,
    grant: `Allow the user the commands of BullMQ, EVALSHA, EVAL and SCRIPT LOAD among them, on the keys ${keys}.`,
    wrongType: `Among the keys ${keys}, there are some that are not of BullMQ.`,
  }
}

/** A list of texts in JSON. Workers in other languages may have written something else. */
function listOf(json: string | readonly string[] | undefined): readonly string[] {
  if (typeof json !== 'string') return json ?? []
  try {
    const parsed: unknown = JSON.parse(json)
    return Array.isArray(parsed) ? parsed.map(String) : [String(parsed)]
  } catch {
    return [json]
  }
}
