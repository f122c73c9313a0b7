import { z } from 'zod'

const glob = z.string().min(1).max(500)

/** What may be managed through the API. */
export const managedSchema = z
  .strictObject({
    sources: z.boolean().default(true).describe('Sources may be managed.'),
    rules: z.boolean().default(true).describe('Rules may be managed.'),
    programs: z
      .boolean()
      .default(false)
      .describe('Programs may be managed: whoever may do so decides what this machine runs.'),
    allowedCommands: z
      .array(
        glob.refine(
          (pattern) => /^(\/|[a-z]+:[^/])/.test(pattern),
          'must be an absolute path, or a kind and a name: `docker:python:*`',
        ),
      )
      .default([])
      .describe(
        'What managed programs may run: globs of absolute paths, `*` within a folder and `**` below it, and of images, ' +
          '`docker:python:*`. Default: nothing.',
      ),
    env: z
      .array(glob)
      .default([])
      .describe(
        'Environment variables that managed config may read, pass on or set: globs of names. Default: none.',
      ),
  })
  .prefault({})
