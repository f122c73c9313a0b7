import type { HandedOverTask, StoreInstance } from '../../contracts/store.ts'

const PAGE = 2000

/** The running tasks of a program that were handed over. */
export async function listHandedOver(
  store: Pick<StoreInstance, 'handedOver'>,
  program: string,
): Promise<readonly HandedOverTask[]> {
  const tasks: HandedOverTask[] = []
  for (;;) {
    const last = tasks.at(-1)
    const after = last === undefined ? {} : { after: last.lease.taskId }
    const page = await store.handedOver(program, { ...after, limit: PAGE })
    tasks.push(...page)
    if (page.length < PAGE) return tasks
  }
}
