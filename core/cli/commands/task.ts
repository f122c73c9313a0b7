import { Command } from 'commander'
import type { attemptView, ReportView, TaskView } from '../../api/tasks/views.ts'
import { apiPath } from '../api-client.ts'
import type { LogView } from '../follow-task.ts'
import { OutputPrinter, print, printJson } from '../print.ts'
import { openClient, type ServiceOptions, withServiceOptions } from '../service-client.ts'
import { fieldList, itemTable } from '../tables.ts'

/** `report` is absent in answers of older versions, and in lists. */
type ShownTask = TaskView & { readonly report?: ReportView }

type TaskDetails = ShownTask & {
  readonly history: readonly ReturnType<typeof attemptView>[]
  readonly log: readonly LogView[]
}

/** `hookline task` */
export function taskCommand(): Command {
  const command = new Command('task').argument('<id>', 'id of the task')
  return withServiceOptions(command).action(showTask)
}

async function showTask(id: string, options: ServiceOptions): Promise<void> {
  const client = await openClient(options)
  const task = await client.get<TaskDetails>(apiPath`/api/tasks/${id}`)
  if (options.json) return printJson(task)
  print(taskText(task))
  if (task.history.length > 0) {
    const attempts = itemTable(task.history, {
      RUN: ({ number }) => number,
      STATUS: ({ status }) => status,
      EXIT: ({ exitCode }) => exitCode,
      NODE: ({ node }) => node,
      STARTED: ({ startedAt }) => startedAt,
      ENDED: ({ endedAt }) => endedAt,
      REASON: ({ reason }) => reason,
    })
    print(`\n${attempts}`)
  }
  if (task.log.length === 0) return
  print('\n')
  const output = new OutputPrinter()
  for (const { text } of task.log) output.print({ stream: 'stdout', text })
  output.end()
}

/** What a waiting task lacks: its program, or a live node that can run it. Null if it has both. */
export function waitingForText(task: Pick<TaskView, 'program' | 'programGone' | 'waitingFor'>) {
  const { program, programGone, waitingFor } = task
  if (programGone) return `a program ${program}, which the config has not any more`
  // Absent in answers of older versions.
  if (waitingFor === null || waitingFor === undefined) return null
  if (waitingFor.length === 0) return 'a node that runs tasks; see `hookline nodes`'
  return `a node with ${waitingFor.join(', ')}; see \`hookline nodes\``
}

/** What holds a waiting task back; null if nothing does. */
function pausedByText({ pausedBy }: Pick<TaskView, 'pausedBy'>): string | null {
  // Absent in answers of older versions.
  if (pausedBy === null || pausedBy === undefined) return null
  const { kind, name, state, since, by, reason } = pausedBy
  return `${kind} ${name}, ${state} since ${since} by ${by}${reason === null ? '' : `: ${reason}`}`
}

/** What the provider was told; null: nothing. */
function reportText(report: ReportView): string | null {
  if (report === null) return null
  const { to, state, fault, nextTryAt } = report
  if (fault === null) return `${to}: ${state === null ? 'not told yet' : `told ${state}`}`
  const next = nextTryAt === null ? '' : ` (next try ${nextTryAt})`
  return `${to}: failed, ${fault.code}: ${fault.message}${next}`
}

/** Who lets a task run, or whom it waits for; null: nobody is asked. */
function approvalText({ approval }: Pick<TaskView, 'approval'>): string | null {
  // Absent in answers of older versions.
  if (approval === null || approval === undefined) return null
  const { state, until, decidedBy, decidedAt } = approval
  if (state === 'pending') return `pending, until ${until}`
  return [state, decidedAt, decidedBy && `by ${decidedBy}`].filter(Boolean).join(' ')
}

/** A task as `name: value` lines. */
export function taskText(task: ShownTask): string {
  const result = task.result === null || task.result === undefined ? null : task.result
  return fieldList({
    task: task.id,
    state: task.state,
    rule: task.rule,
    program: task.program,
    key: task.policyKey,
    priority: task.priority === 0 ? null : task.priority,
    event: `${task.source}.${task.type} (${task.event})`,
    delivery: task.delivery,
    // Absent in answers of older versions.
    follows: task.previous ? `${task.previous.task} (${task.previous.program})` : null,
    next: task.next ?? null,
    approval: approvalText(task),
    created: task.createdAt,
    due: task.state === 'waiting' ? task.dueAt : null,
    'waiting for': waitingForText(task),
    'paused by': pausedByText(task),
    started: task.startedAt,
    ended: task.endedAt,
    runs: task.attempts,
    lost: task.lostAttempts > 0 ? task.lostAttempts : null,
    'exit code': task.exitCode,
    reason: task.reason,
    result: result === null ? null : JSON.stringify(result),
    node: task.node,
    report: reportText(task.report ?? null),
    'handed over':
      task.handedOver === null ? null : `${task.handedOver.ref} (${task.handedOver.at})`,
  })
}
