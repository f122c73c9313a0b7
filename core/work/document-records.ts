import type { z } from 'zod'
import type { DocumentStore } from '../contracts/document.ts'

/** The documents of a collection that are records of a schema, by name. Others, as of another release, are left out. */
export async function documentRecords<Schema extends z.ZodType>(
  store: Pick<DocumentStore, 'documents'>,
  collection: string,
  schema: Schema,
): Promise<ReadonlyMap<string, z.output<Schema>>> {
  const documents = await store.documents(collection)
  return new Map(
    documents.flatMap(({ name, value }) => {
      const { success, data } = schema.safeParse(JSON.parse(value))
      return success ? [[name, data] as const] : []
    }),
  )
}
