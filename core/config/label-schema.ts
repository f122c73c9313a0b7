import { z } from 'zod'

const LABEL = /^[A-Za-z0-9][A-Za-z0-9_./=-]{0,62}$/
const MAX_LABELS = 32

/** What a node has, and a program may ask for. */
export const labelSchema = z
  .string()
  .regex(LABEL, 'must be 1 to 63 letters, digits or any of `_./=-`, the first a letter or digit')

export const labelsSchema = z.array(labelSchema).max(MAX_LABELS).default([])

/** Fit for a URL's path and a line of a log as it is. */
export const nodeNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,199}$/,
    'must be 1 to 200 letters, digits or any of `._:@-`, the first a letter or digit',
  )
