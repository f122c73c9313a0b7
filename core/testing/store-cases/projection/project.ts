import type { Projection, StoreInstance } from '../../../contracts/store.ts'

const LIMIT = 100

/** Projects what is there, with what a test says is derived from it. */
export async function project(
  store: StoreInstance,
  derived: Omit<Projection, 'version' | 'notes'>,
): Promise<boolean> {
  const { version, notes } = await store.unprojected(LIMIT)
  return store.project({ version, notes, ...derived })
}
