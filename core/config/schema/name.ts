import { z } from 'zod'

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

export const nameSchema = z
  .string()
  .regex(NAME, 'must be 1 to 64 letters, digits, `-` or `_`, the first a letter or digit')
