import { z } from 'zod'
import { LABEL, LABEL_RULE } from './label.ts'

const MAX_LABELS = 32

/** Label of a node, which programs can require. */
export const labelSchema = z.string().regex(LABEL, LABEL_RULE)

export const labelsSchema = z.array(labelSchema).max(MAX_LABELS).default([])

/** Name of a node. It needs no escaping in URLs and logs. */
export const nodeNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,199}$/,
    'must be 1 to 200 letters, digits or any of `._:@-`, the first a letter or digit',
  )
