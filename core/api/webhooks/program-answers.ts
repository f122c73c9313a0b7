import type { Context } from 'hono'
import type { RunningConfig } from '../../contracts/config.ts'
import type { AcceptReceipt } from '../../contracts/store.ts'
import type { TaskRecord } from '../../contracts/task.ts'
import type { AppServices, HttpTypes } from '../services.ts'
import { waitForEnd } from '../tasks/follow-task.ts'
import { followLog } from '../tasks/log.ts'
import { streamOutput } from '../tasks/stream-output.ts'

/** Largest output in an answer, in bytes. The rest is left out. */
const MAX_ANSWER_BYTES = 1024 * 1024
const CHUNKS_PER_READ = 200

type AnsweringRules = ReadonlyMap<string, { readonly position: number; readonly answer: AnswerOf }>
type AnswerOf = Exclude<RunningConfig['rules'][number]['answer'], 'accepted'>

/** The task whose program answers the sender, and how. */
export interface Answering {
  readonly taskId: string
  readonly answer: AnswerOf
}

/** Answers senders with the output of their programs, for rules that ask for it. */
export class ProgramAnswers {
  readonly #services: AppServices
  #config: RunningConfig | null = null
  #rules: AnsweringRules = new Map()
  #held = 0

  constructor(services: AppServices) {
    this.#services = services
  }

  /** Null if the usual answer is due: too many senders are waiting, or the task has not ended in time. Never throws. */
  async answer(
    context: Context<HttpTypes>,
    { taskId, answer }: Answering,
  ): Promise<Response | null> {
    const { config, logger } = this.#services
    context.header('X-Content-Type-Options', 'nosniff')
    // Each waiting sender keeps a connection open. Beyond the limit, senders get the usual answer.
    if (this.#held >= config().settings.limits.maxConcurrentRequests) return null
    context.header('X-Hookline-Task', taskId)
    if (answer === 'stream') return this.#stream(context, taskId)
    this.#held++
    try {
      const ended = await this.#wait(context, { taskId, limitMs: answer.wait * 1000 })
      return ended === null ? null : await this.#result(context, ended)
    } catch (error) {
      // The delivery is committed: a failure to read the task must not look like a refusal.
      logger.error({ taskId, err: error }, 'a program could not be awaited for an answer')
      return null
    } finally {
      this.#held--
    }
  }

  /** The task whose program answers, if a rule asks for it. Among several, that of the first rule in the config. */
  find(receipt: AcceptReceipt): Answering | null {
    const config = this.#services.config()
    if (config !== this.#config) {
      this.#config = config
      this.#rules = answeringRules(config)
    }
    if (this.#rules.size === 0) return null
    let first: (Answering & { readonly position: number }) | null = null
    for (const { id: taskId, rule } of receipt.events.flatMap((event) => event.tasks)) {
      const found = this.#rules.get(rule)
      if (found === undefined || (first !== null && first.position <= found.position)) continue
      first = { taskId, ...found }
    }
    return first
  }

  #stream(context: Context<HttpTypes>, taskId: string): Response {
    this.#held++
    const onEnd = () => {
      this.#held--
    }
    context.header('Cache-Control', 'no-store')
    context.header('X-Accel-Buffering', 'no')
    const start = { taskId, after: 0, onEnd }
    return context.req.header('accept')?.includes('text/event-stream')
      ? followLog(context, this.#services, start)
      : streamOutput(context, this.#services, start)
  }

  async #wait(
    context: Context<HttpTypes>,
    { taskId, limitMs }: { readonly taskId: string; readonly limitMs: number },
  ): Promise<TaskRecord | null> {
    const waiter = this.#services.taskUpdates.watch(taskId)
    // Absent without a server, as in `app.request()`.
    const outgoing = context.env?.outgoing
    const onClose = () => waiter.notify()
    outgoing?.once('close', onClose)
    try {
      const isGone = () => outgoing?.destroyed === true
      return await waitForEnd(this.#services, { taskId, limitMs, isGone }, waiter)
    } finally {
      outgoing?.off('close', onClose)
      waiter.dispose()
    }
  }

  async #result(context: Context<HttpTypes>, task: TaskRecord): Promise<Response> {
    const status = task.state === 'succeeded' ? 200 : 500
    const hasResult = task.result !== null && task.result !== undefined
    const output = hasResult ? null : await this.#output(task.id)
    context.header('X-Hookline-State', task.state)
    if (task.exitCode !== null) context.header('X-Hookline-Exit-Code', String(task.exitCode))
    if (output === null) return context.json(task.result as object, status)
    if (output.truncated) context.header('X-Hookline-Truncated', 'true')
    return context.text(output.text, status)
  }

  /** The standard output of the last attempt. */
  async #output(taskId: string): Promise<{ readonly text: string; readonly truncated: boolean }> {
    const { store } = this.#services
    const attempt = (await store.attempts(taskId)).at(-1)?.number
    let text = ''
    let bytesLeft = MAX_ANSWER_BYTES
    for (let after = 0; ; ) {
      const chunks = await store.readLog(taskId, { after, limit: CHUNKS_PER_READ })
      for (const chunk of chunks) {
        after = chunk.sequence
        if (chunk.attempt !== attempt || chunk.stream !== 'stdout') continue
        const bytes = Buffer.byteLength(chunk.text)
        if (bytes > bytesLeft)
          return { text: text + firstBytes(chunk.text, bytesLeft), truncated: true }
        text += chunk.text
        bytesLeft -= bytes
      }
      if (chunks.length < CHUNKS_PER_READ) return { text, truncated: false }
    }
  }
}

function answeringRules({ rules }: RunningConfig): AnsweringRules {
  const answering = new Map<string, { position: number; answer: AnswerOf }>()
  for (const [position, { id, answer }] of rules.entries()) {
    if (answer !== 'accepted') answering.set(id, { position, answer })
  }
  return answering
}

/** The beginning of a text, at most `bytes` bytes of whole characters. */
function firstBytes(text: string, bytes: number): string {
  return new TextDecoder().decode(Buffer.from(text).subarray(0, bytes), { stream: true })
}
