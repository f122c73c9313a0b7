import { Command } from 'commander'
import type { attemptView, TaskView } from '../api/views.ts'
import type { LogView } from './follow-task.ts'
import { print, printChunk, printJson } from './print.ts'
import { fieldList, table } from './printable.ts'
import { openClient, type ServiceOptions, withServiceOptions } from './service.ts'

type TaskDetails = TaskView & {
  readonly history: readonly ReturnType<typeof attemptView>[]
  readonly log: readonly LogView[]
}

/** `hookline task` */
export function taskCommand(): Command {
  const command = new Command('task')
    .description('show a task, its runs and the end of its log')
    .argument('<id>', 'the task')
    .option('--json', 'print JSON')
  return withServiceOptions(command).action(showTask)
}

async function showTask(id: string, options: ServiceOptions & { json?: true }): Promise<void> {
  const client = await openClient(options)
  const task = await client.get<TaskDetails>(`/api/tasks/${encodeURIComponent(id)}`)
  if (options.json) return printJson(task)
  print(taskText(task))
  if (task.history.length > 0) {
    const rows = task.history.map((attempt) => [
      ...[attempt.number, attempt.status, attempt.exitCode, attempt.node],
      ...[attempt.startedAt, attempt.endedAt, attempt.reason],
    ])
    print(`\n${table([['RUN', 'STATUS', 'EXIT', 'NODE', 'STARTED', 'ENDED', 'REASON'], ...rows])}`)
  }
  if (task.log.length === 0) return
  print('\n')
  for (const chunk of task.log) printChunk({ ...chunk, stream: 'stdout' })
}

/** Why nothing runs a task that waits; null where something may. */
export function waitingForText({ waitingFor }: Pick<TaskView, 'waitingFor'>): string | null {
  // A service of an older version says nothing of it.
  if (waitingFor === null || waitingFor === undefined) return null
  if (waitingFor.length === 0) return 'a node that works; see `hookline nodes`'
  return `a node with ${waitingFor.join(', ')}; see \`hookline nodes\``
}

/** A task as lines of `name: value`. */
export function taskText(task: TaskView): string {
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
    created: task.createdAt,
    due: task.state === 'waiting' ? task.dueAt : null,
    'waiting for': waitingForText(task),
    started: task.startedAt,
    ended: task.endedAt,
    runs: task.attempts,
    'exit code': task.exitCode,
    reason: task.reason,
    result: result === null ? null : JSON.stringify(result),
    node: task.node,
  })
}
