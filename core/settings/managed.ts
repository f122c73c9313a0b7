import { z } from 'zod'

const glob = z.string().min(1).max(500)

/** What can be managed through the API. */
export const managedSchema = z
  .strictObject({
    sources: z.boolean().default(true).describe('Allow sources to be managed.'),
    rules: z.boolean().default(true).describe('Allow rules to be managed.'),
    programs: z
      .boolean()
      .default(false)
      .describe(
        'Allow programs to be managed. Whoever manages programs decides what this machine runs.',
      ),
    allowedCommands: z
      .array(
        glob.refine(
          (pattern) => /^(\/|[a-z]+:[^/])/.test(pattern),
          'must be an absolute path, or a kind and a name: `docker:python:*`',
        ),
      )
      .default([])
      .describe(
        'What managed programs may run: glob patterns for absolute paths (`*` within a folder, `**` also below it) or images ' +
          '(`docker:python:*`). Default: nothing.',
      ),
    env: z
      .array(glob)
      .default([])
      .describe(
        'Glob patterns for the environment variables that managed config may read, pass on or set. Default: none.',
      ),
  })
  .prefault({})
