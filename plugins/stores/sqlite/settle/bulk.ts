import { changeTask } from '../../../../core/sdk/store/task-steps.ts'
import type { HeldTask, TaskChanges } from '../../../../core/sdk/store.ts'
import { changesOfPacked } from '../accept/changes.ts'
import type { HandlerContext } from '../batch/context.ts'
import type { Handlers } from '../batch/messages.ts'
import { prepareStep, WHOLE_HELD_TASK } from './held-tasks.ts'

/** Changes tasks and accepts deliveries, if the documents can be written. */
export function createBulkHandler(
  context: HandlerContext,
  { accept, writeDocuments }: Handlers<'accept' | 'writeDocuments'>,
): Handlers<'bulk'> {
  const held = context.database.prepare(`${WHOLE_HELD_TASK} WHERE id = ?`)
  const carryOut = prepareStep(context)

  const change = ({ ids, ...change }: TaskChanges, now: number): number => {
    let changed = 0
    for (const id of ids) {
      const task = held.get(id) as HeldTask | undefined
      const step = task === undefined ? null : changeTask(task, change, now)
      if (task === undefined || step === null) continue
      carryOut(task, step, now)
      changed++
    }
    return changed
  }

  return {
    bulk([{ writes, tasks }, entries, now], bodies) {
      const written = writeDocuments([writes, null, now], bodies)
      if (!written.ok) return { ...written, tasks: 0 }
      const changed = tasks === undefined ? 0 : change(tasks, now)
      let start = 0
      for (const [entry, bodyBytes] of entries) {
        const end = start + bodyBytes
        const known = accept([...entry, now], bodies.subarray(start, end))
        context.changes.push(...changesOfPacked(entry, known))
        start = end
      }
      return { ...written, tasks: changed }
    },
  }
}
