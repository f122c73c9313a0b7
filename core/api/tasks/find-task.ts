import type { TaskRecord } from '../../contracts/task.ts'
import { HooklineError } from '../../errors/errors.ts'
import type { AppServices } from '../services.ts'

/** Throws `task_unknown`. */
export function findTask({ store }: Pick<AppServices, 'store'>, id: string): Promise<TaskRecord> {
  return orUnknown(store.task(id), id)
}

/** The task that was found. Throws `task_unknown`. */
export async function orUnknown(
  found: Promise<TaskRecord | null>,
  id: string,
): Promise<TaskRecord> {
  const task = await found
  if (task === null)
    throw new HooklineError('task_unknown', `There is no task '${id.slice(0, 64)}'`)
  return task
}
