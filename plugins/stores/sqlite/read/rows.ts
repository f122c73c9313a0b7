import { createRowMappers } from '../../../../core/sdk/store/rows.ts'

/** Statements have made texts readable already. */
export const rows = createRowMappers((text) => text)

// The length of a blob is read without the blob.
export const SUMMARIES = `
  SELECT id, source, received_at, method, path, headers, client, outcome, reason, original_id,
    recovered, length(body) AS body_bytes
  FROM deliveries`
