import type { Context } from 'hono'
import type { Template } from '../../conditions/template.ts'
import type { TaskRecord } from '../../contracts/task.ts'
import { readStoredEvent } from '../../matching/stored-event.ts'
import { readRequest } from '../../work/read-request.ts'
import type { FirstServices, HttpTypes } from '../services.ts'
import { waitForEnd } from '../tasks/follow-task.ts'
import { followLog } from '../tasks/log.ts'
import { streamOutput } from '../tasks/stream-output.ts'
import type { Answering, AnswerOfRule, CompiledAnswer } from './answering-rules.ts'
import { type ProgramOutput, programOutput } from './program-output.ts'
import { completeAnswer, toResponse } from './response.ts'

type OwnAnswer = Exclude<AnswerOfRule, 'stream'>
type TaskHeaders = Readonly<Record<string, string>>

/** Answers senders as rules ask for it: with a response of their own, or with the output of their programs. */
export class RuleAnswers {
  readonly #services: FirstServices
  #held = 0

  constructor(services: FirstServices) {
    this.#services = services
  }

  /**
   * Null if `usual`, the answer with the ids of the tasks, is due: too many senders are waiting, or the task has not ended
   * in time. Never throws.
   */
  async answer(
    context: Context<HttpTypes>,
    { taskId, answer }: Answering,
    usual: object,
  ): Promise<Response | null> {
    context.header('X-Content-Type-Options', 'nosniff')
    try {
      // Each waiting sender keeps a connection open. Beyond the limit, senders are not held back.
      const isFull = this.#held >= this.#services.config().settings.limits.maxConcurrentRequests
      if (answer === 'stream') {
        if (isFull) return null
        context.header('X-Hookline-Task', taskId)
        return this.#stream(context, taskId)
      }
      const headers = { 'x-hookline-task': taskId }
      if (answer.waitMs === null) return await this.#filled(answer, { taskId, headers, usual })
      const ended = isFull ? null : await this.#waitFor(context, taskId, answer.waitMs)
      if (ended !== null) return await this.#result(answer, ended, headers)
      if (!isFull) context.header('X-Hookline-Task', taskId)
      return answer.late && (await this.#filled(answer.late, { taskId, headers, usual }))
    } catch (error) {
      // The delivery is committed: a failure to answer for it must not look like a refusal.
      this.#services.logger.error({ taskId, err: error }, 'the answer of a rule could not be made')
      return null
    }
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

  /** An answer that does not depend on the program. */
  async #filled(
    { status = 202, headers, body }: CompiledAnswer,
    given: { readonly taskId: string; readonly headers: TaskHeaders; readonly usual: object },
  ): Promise<Response> {
    const text = body === null ? null : await this.#fill(body, given.taskId)
    const json = { 'content-type': 'application/json', ...headers }
    const content =
      text === null ? { headers: json, body: JSON.stringify(given.usual) } : { headers, body: text }
    return toResponse(completeAnswer({ status, ...content }, given.headers))
  }

  async #fill({ fill, start, isFixed }: Template, taskId: string): Promise<string> {
    const { store } = this.#services
    if (isFixed) return start
    const task = await store.task(taskId)
    if (task === null) return ''
    const [events, request] = await Promise.all([
      store.events(task.deliveryId),
      readRequest(store, task.deliveryId),
    ])
    const event = events.find(({ id }) => id === task.eventId)
    return event === undefined ? '' : fill(readStoredEvent(event, request))
  }

  async #waitFor(
    context: Context<HttpTypes>,
    taskId: string,
    limitMs: number,
  ): Promise<TaskRecord | null> {
    const waiter = this.#services.taskUpdates.watch(taskId)
    // Absent without a server, as in `app.request()`.
    const outgoing = context.env?.outgoing
    const onClose = () => waiter.notify()
    outgoing?.once('close', onClose)
    this.#held++
    try {
      const isGone = () => outgoing?.destroyed === true
      return await waitForEnd(this.#services, { taskId, limitMs, isGone }, waiter)
    } finally {
      this.#held--
      outgoing?.off('close', onClose)
      waiter.dispose()
    }
  }

  async #result(answer: OwnAnswer, task: TaskRecord, given: TaskHeaders): Promise<Response> {
    const { output = 'result', exitCodes = {} } = answer
    const hasSucceeded = task.state === 'succeeded'
    const {
      status = hasSucceeded ? 200 : 500,
      headers,
      body,
    } = hasSucceeded ? answer : answer.failed
    const { exitCode, result } = task
    const head: Record<string, string> = { ...given, 'x-hookline-state': task.state }
    if (exitCode !== null) head['x-hookline-exit-code'] = String(exitCode)
    // The headers of the answer hold for its failure too, where that does not say otherwise.
    const own = { ...answer.headers, ...headers }
    const respond = (text: string, type?: string) =>
      toResponse(
        completeAnswer(
          {
            status: exitCodes[String(exitCode)] ?? status,
            headers: type === undefined ? own : { 'content-type': type, ...own },
            body: text,
          },
          head,
        ),
      )
    if (body !== null) return respond(await this.#fill(body, task.id))
    if (output === 'result' && result !== null && result !== undefined) {
      return respond(JSON.stringify(result), 'application/json')
    }
    const written = await this.#output(task.id, output)
    if (written.truncated) head['x-hookline-truncated'] = 'true'
    return respond(written.text)
  }

  #output(taskId: string, output: NonNullable<OwnAnswer['output']>): Promise<ProgramOutput> {
    return programOutput(this.#services.store, taskId, output === 'all' ? 'all' : 'stdout')
  }
}
