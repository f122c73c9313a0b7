import type { z } from 'zod'
import type { DocumentStore } from '../contracts/document.ts'
import { MAX_WAIT_MS } from '../sdk/api/rate-limit.ts'

/** The documents of a collection that are records of a schema, by name. Others, as of another release, are left out. With `name`, only that one. */
export async function documentRecords<Schema extends z.ZodType>(
  store: Pick<DocumentStore, 'documents'>,
  collection: string,
  schema: Schema,
  name?: string,
): Promise<ReadonlyMap<string, z.output<Schema>>> {
  const documents = await store.documents(collection, name)
  return new Map(
    documents.flatMap(({ name, value }) => {
      const { success, data } = schema.safeParse(JSON.parse(value))
      return success ? [[name, data] as const] : []
    }),
  )
}

/** Clocks of nodes differ by less. */
const MAX_AHEAD_MS = 60_000

/** Whether a time that was noted when it was now lies so far ahead that the clock was set back since. In milliseconds. */
export function isAhead(time: number, now: number): boolean {
  return time > now + MAX_AHEAD_MS
}

/**
 * Whether a time that was at most `maxMs` away when it was noted has come, or the clock was set back since. In
 * milliseconds. Default: as long as a provider may ask us to wait.
 */
export function hasCome(time: number, now: number, maxMs = MAX_WAIT_MS): boolean {
  return time <= now || isAhead(time - maxMs, now)
}
