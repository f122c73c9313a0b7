import { z } from 'zod'
import { programSettingsSchema, sourceAccessSchema, tunnelCommonSchema } from './config.ts'

/** The options that every plugin of a kind has, beside its own. */
export const COMMON_OPTIONS = {
  source: sourceAccessSchema,
  executor: programSettingsSchema,
  store: z.strictObject({}),
  tunnel: tunnelCommonSchema,
} as const

export type CommonOptions<Kind extends keyof typeof COMMON_OPTIONS> = z.output<
  (typeof COMMON_OPTIONS)[Kind]
>
